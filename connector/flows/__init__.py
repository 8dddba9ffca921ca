"""Gather, plan, perform: one file a journey. `perform.py` is the only door for writes to other systems."""
