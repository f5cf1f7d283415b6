"""How the C library keeps memory that threads have given back. It may know the platform, and nothing of the product."""

from __future__ import annotations

from typing import Final

_M_ARENA_MAX: Final = -8


def few_arenas() -> None:
    """Let threads share two of glibc's arenas. By default each thread fills one of its own, and keeps what it once
    needed: with pieces of bodies that is half as much again. Does nothing where there is no glibc."""
    # When it is used: it takes milliseconds to import.
    import ctypes  # noqa: PLC0415

    try:
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 2)
    except (AttributeError, OSError, TypeError):
        return
