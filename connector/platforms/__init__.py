"""One folder a vendor, all the same shape.

`adapter.py` implements the port, `wire.py` turns the vendor's JSON into domain records and back, `NOTES.md` says what
is documented, assumed and unproven. Vendors' spellings stay in here. No folder imports another.
"""
