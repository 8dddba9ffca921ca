"""Reads what an administrator writes, the environment and the mapping files, into frozen settings."""
