"""Processes that outlive the command that started them.

`detached`: start, find, end one. `http_part`: one that serves HTTP, and when it is ready. `ports`: which are free.
"""
