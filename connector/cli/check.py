"""Stub."""


def check() -> None:
    """Stub."""
