"""Stub."""


def sandbox() -> None:
    """Stub."""
