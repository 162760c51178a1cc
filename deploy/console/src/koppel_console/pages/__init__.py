"""Pages: who visits, forms and what protects them, and templates.

`visit`: one request of a logged-in person; `form`: what was posted; `rendering`: templates and what they can say; `formats`: times,
durations and numbers as people write them; `codes`: what an error code means, in words; `happenings`: what an event says to an office; `profile_rows`: rows of the
profile form; `screen`: a screen's line in the table.
"""
