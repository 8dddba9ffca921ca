"""Writes the reference pages and the man page from the code: `python -m tools.manual`, or `make docs`."""
