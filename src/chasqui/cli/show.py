"""`chasqui settings`: every setting, its value, its variable and what it is for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_type_hints

import click
import msgspec

from chasqui.base.addresses import without_password
from chasqui.base.settings import SECRETS, SECTIONS, Settings


def described(kind: type[msgspec.Struct]) -> Iterator[tuple[str, str]]:
    """(name, description) of each field."""
    for name, hint in get_type_hints(kind, include_extras=True).items():
        notes = [note.description for note in getattr(hint, "__metadata__", ()) if isinstance(note, msgspec.Meta)]
        yield name, str(notes[0]) if notes else ""


def setting_rows(settings: Settings) -> list[tuple[str, Any, str, str]]:
    """(name, value, variable, description) of every setting, quotas included."""
    rows = [
        (name, getattr(settings, name), f"CHASQUI_{name.upper()}", text)
        for name, text in described(Settings)
        if name not in SECTIONS
    ]
    for section, type_ in SECTIONS.items():
        part = getattr(settings, section)
        rows += [
            (f"{section}.{name}", getattr(part, name), f"CHASQUI_{section.upper()}_{name.upper()}", text)
            for name, text in described(type_)
        ]
    return rows


def show_settings(settings: Settings) -> None:
    """Print them: value and variable in one line, what it is for in the next."""
    for name, value, variable, text in setting_rows(settings):
        if name in SECRETS and value:
            value = "(hidden)"
        shown = str(settings.data_dir) if name == "data" else str(settings.keys_dir) if name == "keys" else str(value)
        click.echo(f"{name} = {without_password(shown)}    ({variable})\n    {text}")
