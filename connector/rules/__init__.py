"""Deciding. Pure: facts in, decisions out; no clock, network, database or logging."""
