"""Who visits, in cookies that only the console can read.

`seal`: encryption; `session`: what is kept of a login; `cookies`: their names, how they are read and set.
"""
