"""The console's languages: which one a visitor gets, its texts, its numbers.

Texts are English in the code (`page.text("Queues")`, `{{ _("Queues") }}`), and translated by gettext catalogs, one for
each section: `texts/fr/queues.po`, compiled by `make texts` into the `.mo` that is read here.
"""

from __future__ import annotations

import gettext
from collections.abc import Sequence
from pathlib import Path
from typing import Final

TEXTS: Final = Path(__file__).with_name("texts")

LANGUAGES: Final = {"en": "English", "fr": "Français", "pt": "Português"}
"""By code, in their own words."""
PSEUDO: Final = "qps"
"""A language for tests: whatever was never marked for translation stands out in it."""
_TAGS: Final = {"en": "en", "fr": "fr", "pt": "pt-BR", PSEUDO: "en"}
_GROUPS: Final = {"en": ",", "fr": "\u202f", "pt": "."}
_DECIMALS: Final = {"en": ".", "fr": ",", "pt": ","}


def N_(message: str) -> str:
    """Marks a constant's text for translation; who shows it translates it."""
    return message


_UNITS: Final = (N_("B"), N_("KB"), N_("MB"), N_("GB"), N_("TB"))


class Pseudo(gettext.NullTranslations):
    """Texts in brackets, so that a crawl finds those that have none."""

    def gettext(self, message: str) -> str:
        return f"⟦{message}⟧"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"⟦{msgid1 if n == 1 else msgid2}⟧"


class Language:
    """One language: `code` is ours, `tag` BCP 47's, for HTML."""

    def __init__(self, code: str) -> None:
        self.code = code
        self.tag = _TAGS[code]
        self.translations = translations_of(code)

    def text(self, message: str, /, **values: object) -> str:
        """A text, with `%(name)s` filled in."""
        return self.translations.gettext(message) % values

    def plural(self, one: str, many: str, num: int, /, **values: object) -> str:
        """A text that depends on a number, which is `%(num)s` in it."""
        return self.translations.ngettext(one, many, num) % {"num": self.number(num), **values}

    def number(self, value: float | str | None, digits: int = 0) -> str:
        """A number as this language writes it; what is none is left as it is."""
        if value is None:
            return "–"
        try:
            text = f"{float(value):,.{digits}f}"
        except ValueError:
            return str(value)
        group, decimal = _GROUPS.get(self.code, ","), _DECIMALS.get(self.code, ".")
        return text.replace(",", "\0").replace(".", decimal).replace("\0", group)

    @property
    def units(self) -> list[str]:
        """The units of sizes, each 1 024 times the one before."""
        return [self.text(each) for each in _UNITS]

    def bytes(self, value: float | None) -> str:
        """A size."""
        if value is None:
            return "–"
        size, unit = float(value), _UNITS[0]
        for unit in _UNITS:
            if size < 1024 or unit == _UNITS[-1]:
                break
            size /= 1024
        digits = 0 if unit == _UNITS[0] or size >= 100 else 1
        return f"{self.number(size, digits)}\u00a0{self.text(unit)}"

    def duration(self, seconds: float | str | None) -> str:
        """A length of time in its two largest units: "3 d 4 h", "12 s"."""
        if seconds is None or seconds == "":
            return "–"
        left = int(float(seconds))
        parts = []
        for unit, size in ((self.text("d"), 86400), (self.text("h"), 3600), (self.text("min"), 60)):
            if left >= size:
                parts.append(f"{self.number(left // size)}\u00a0{unit}")
                left %= size
        if left or not parts:
            unit = self.text("s")
            parts.append(f"{self.number(left)}\u00a0{unit}")
        return " ".join(parts[:2])


def translations_of(code: str) -> gettext.NullTranslations:
    """A language's texts, of all sections."""
    if code == PSEUDO:
        return Pseudo()
    found: gettext.NullTranslations | None = None
    for path in sorted((TEXTS / code).glob("*.mo")):
        with path.open("rb") as file:
            catalog = gettext.GNUTranslations(file)
        if found is None:
            found = catalog
        else:
            found.add_fallback(catalog)
    return found or gettext.NullTranslations()


def preferred(accepted: str) -> str:
    """The language that a browser would like best (Accept-Language, RFC 9110, 12.5.4)."""
    wanted: list[tuple[float, str]] = []
    for each in accepted.split(",")[:20]:
        tag, _, rest = each.strip().partition(";")
        try:
            weight = float(rest.strip().removeprefix("q=") or 1)
        except ValueError:
            continue
        if not weight > 0:
            continue  # "not acceptable"
        wanted.append((-weight, tag.strip().lower().partition("-")[0]))
    return next((tag for _, tag in sorted(wanted, key=_weight) if tag in LANGUAGES), "en")


def _weight(each: tuple[float, str]) -> float:
    return each[0]


def languages() -> Sequence[str]:
    """The codes that a visitor may choose."""
    return tuple(LANGUAGES)
