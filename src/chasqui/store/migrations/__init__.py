"""The schema's numbered migrations, oldest first. A released one is never edited; a change is a new file."""

from __future__ import annotations

from importlib import resources


def migrations() -> list[str]:
    """The scripts by number; the database's `user_version` says how many of them it has seen."""
    files = sorted(
        (each for each in resources.files(__name__).iterdir() if each.name.endswith(".sql")), key=lambda each: each.name
    )
    return [each.read_text("utf-8") for each in files]
