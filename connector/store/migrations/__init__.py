"""Alembic's scripts; `upgrade.py` runs them."""
