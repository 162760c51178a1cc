"""Types of the events for subscribers' own code, from the reader's schemas: `python.py` and `typescript.py`.

`declarations.py` says what is declared, whatever the language.
"""
