"""The console's catalogs: gathers the texts of its code and templates, and compiles what was translated.

Run it after texts have changed (`make texts`, or with the names of sections): each section's
`texts/<language>/<section>.po` gets the ids that are new, loses those that have gone, and is compiled to the `.mo` that
the server reads. Then translate what is empty, and run it again.
"""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
CONSOLE = ROOT / "src" / "chasqui" / "console"
TEXTS = CONSOLE / "texts"
LANGUAGES = ("fr", "pt")
SHELL = "shell"
"""The catalog of what belongs to no section."""
APART = {
    "policies": "policies",
    "policy_editor": "policies",
    "policy_problems": "policies",
    "policy_checks": "policies",
}
"""The catalogs of what several sections share, by the names of its files."""
_PYTHON = {"N_": None, "text": None, "plural": (1, 2)}
_UNBROKEN = (
    (re.compile("(?<=«) "), "\N{NO-BREAK SPACE}"),
    (re.compile(" (?=[:»])"), "\N{NO-BREAK SPACE}"),
    (re.compile(" (?=[;?!])"), "\N{NARROW NO-BREAK SPACE}"),
    (re.compile(r"(?<=\d) (?=\d{3}\b)"), "\N{NARROW NO-BREAK SPACE}"),
)
"""Where French has spaces at which no line may end. Translators write common ones."""
_TEMPLATES = {"_": None, "gettext": None, "ngettext": (1, 2)}
_OPTIONS = {"extensions": "jinja2.ext.do", "trim_blocks": "true", "lstrip_blocks": "true", "newstyle_gettext": "true"}


def section_of(path: Path) -> str:
    """The catalog that a file's texts are in: its folder's name."""
    parts = path.relative_to(CONSOLE).parts
    parts = parts[1:] if parts[0] == "templates" else parts
    return parts[0] if len(parts) > 1 else APART.get(path.stem, SHELL)


def gathered() -> dict[str, Catalog]:
    """The texts of each section, without translations."""
    found: dict[str, Catalog] = {}
    for path in sorted([*CONSOLE.rglob("*.py"), *(CONSOLE / "templates").rglob("*.html")]):
        catalog = found.setdefault(section_of(path), Catalog(charset="utf-8"))
        html = path.suffix == ".html"
        messages = extract_from_file(
            "jinja2.ext:babel_extract" if html else "python",
            path,
            keywords=_TEMPLATES if html else _PYTHON,
            options=_OPTIONS if html else {},
        )
        for _line, message, _comments, _context in messages:
            if message:
                catalog.add(message)
    return found


def translated(language: str, section: str, wanted: Catalog) -> Catalog:
    """A section's catalog in one language, brought up to date with what is wanted."""
    path = TEXTS / language / f"{section}.po"
    kept = Catalog(locale=language, charset="utf-8")
    if path.exists():
        with path.open("rb") as file:
            kept = read_po(file, locale=language, charset="utf-8")
    catalog = Catalog(locale=language, charset="utf-8", fuzzy=False)
    for message in sorted(wanted, key=lambda each: str(each.id)):
        if message.id:
            old = kept.get(message.id[0] if isinstance(message.id, tuple) else message.id)
            usable = old is not None and old.id == message.id
            catalog.add(message.id, old.string if usable else "", flags=[])
    return catalog


def text_of(catalog: Catalog) -> bytes:
    """A catalog as it stands in its file, without dates and places."""
    out = io.BytesIO()
    write_po(out, catalog, width=116, omit_header=True, no_location=True)
    head = ('msgid ""', 'msgstr ""', '"Content-Type: text/plain; charset=utf-8\\n"')
    plural = f'"Plural-Forms: {catalog.plural_forms}\\n"'
    return "\n".join((*head, plural, "", "")).encode() + out.getvalue().lstrip()


def typeset(language: str, text: str) -> str:
    """A translation with the spaces that its language wants."""
    for place, space in _UNBROKEN if language == "fr" else ():
        text = place.sub(space, text)
    return text


def compiled(catalog: Catalog) -> bytes:
    """A catalog as gettext reads it."""
    out, read = io.BytesIO(), read_po(io.BytesIO(text_of(catalog)), locale=catalog.locale)
    for message in read:
        if message.id:
            language, found = str(catalog.locale), message.string
            several = isinstance(found, tuple)
            message.string = tuple(typeset(language, each) for each in found) if several else typeset(language, found)
    # Babel would write down when this was, and the same texts would never be the same file again.
    read.creation_date = datetime(2026, 1, 1, tzinfo=UTC)
    write_mo(out, read)
    return out.getvalue()


def files() -> Iterator[tuple[Path, bytes, Catalog]]:
    """Every catalog's file as it should be."""
    for section, wanted in sorted(gathered().items()):
        if any(message.id for message in wanted):
            for language in LANGUAGES:
                catalog = translated(language, section, wanted)
                base = TEXTS / language / section
                yield base.with_suffix(".po"), text_of(catalog), catalog
                yield base.with_suffix(".mo"), compiled(catalog), catalog


def missing(catalog: Catalog) -> list[str]:
    """The ids that have no translation."""
    return [
        str(each.id)
        for each in catalog
        if each.id and not (all(each.string) if isinstance(each.string, tuple) else each.string)
    ]


def main() -> int:
    """Write the catalogs, of the sections named or all; say what is left to translate."""
    left, sections = 0, sys.argv[1:]
    for path, data, catalog in files():
        if sections and path.stem not in sections:
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_bytes() != data:
            path.write_bytes(data)
        if path.suffix == ".po":
            for each in missing(catalog):
                left += 1
                print(f"{path.relative_to(ROOT)}: {each}")
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
