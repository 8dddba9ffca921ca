"""For all tests: files that they write are open to nobody else, as secret files have to be."""

import os

os.umask(0o077)
