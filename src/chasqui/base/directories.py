"""What the machine's file system must be told so that files survive a power cut."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def sync_directory(directory: Path) -> None:
    """Make new and renamed names in a directory durable. Windows knows no such thing."""
    if sys.platform == "win32":
        return
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
