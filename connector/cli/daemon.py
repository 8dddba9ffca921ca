"""Stub."""


def run() -> None:
    """Stub."""
