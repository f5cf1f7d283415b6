"""The schema's numbered migrations, oldest first: SQLite's here, PostgreSQL's in `postgres/`. A released one is never
edited; a change is a new file."""

from __future__ import annotations

from importlib import resources


def migrations(engine: str | None = None) -> list[str]:
    """The scripts by number, SQLite's or those of the engine named; the database says how many of them it has seen."""
    folder = resources.files(__name__)
    folder = folder if engine is None else folder / engine
    files = sorted((each for each in folder.iterdir() if each.name.endswith(".sql")), key=lambda each: each.name)
    return [each.read_text("utf-8") for each in files]
