"""What a browser remembers of its visitor: language, theme, region and account, in cookies that are worth nothing to
anybody else."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import unquote

import msgspec

from chasqui.base.arn import is_account
from chasqui.console.language import LANGUAGES, PSEUDO, preferred
from chasqui.console.page import TOLD, Told

LANGUAGE: Final = "chasqui-language"
THEME: Final = "chasqui-theme"
ACCOUNT: Final = "chasqui-account"
REGION: Final = "chasqui-region"
YEAR_SECONDS: Final = 31_536_000
REGION_SHAPE: Final = re.compile(r"[a-z]{2}(?:-[a-z]+){1,3}-[0-9]{1,2}")
_told: Final = msgspec.json.Decoder(Told)

#: Regions to choose from (AWS general reference, "AWS service endpoints"); any other may stand in the address.
REGIONS: Final = (
    "us-east-1", "us-east-2", "us-west-1", "us-west-2", "af-south-1", "ap-east-1", "ap-northeast-1", "ap-northeast-2",
    "ap-northeast-3", "ap-south-1", "ap-south-2", "ap-southeast-1", "ap-southeast-2", "ap-southeast-3",
    "ap-southeast-4", "ca-central-1", "ca-west-1", "eu-central-1", "eu-central-2", "eu-north-1", "eu-south-1",
    "eu-south-2", "eu-west-1", "eu-west-2", "eu-west-3", "il-central-1", "me-central-1", "me-south-1", "mx-central-1",
    "sa-east-1",
)  # fmt: skip


def cookies_of(field: str) -> dict[str, str]:
    """Cookies by name (RFC 6265, 4.2.1); of one name the first, which has the longest path."""
    found: dict[str, str] = {}
    for each in field.split(";")[:50]:
        name, separator, value = each.strip().partition("=")
        if separator:
            found.setdefault(name, value)
    return found


class Preferences(msgspec.Struct, frozen=True):
    """A visitor's choices, each one that exists."""

    language: str
    theme: str
    account: str
    region: str


def preferences_of(cookies: Mapping[str, str], accepted: str, account: str, region: str) -> Preferences:
    """What a browser's cookies say; without, its languages and the server's `account` and `region`."""
    language, theme = cookies.get(LANGUAGE, ""), cookies.get(THEME, "")
    named, chosen = cookies.get(ACCOUNT, ""), cookies.get(REGION, "")
    return Preferences(
        language if language in LANGUAGES or language == PSEUDO else preferred(accepted),
        theme if theme in ("light", "dark") else "",
        named if is_account(named) else account,
        chosen if REGION_SHAPE.fullmatch(chosen) else region,
    )


def told_of(cookies: Mapping[str, str]) -> Told | None:
    """What the last action left to be said."""
    try:
        return _told.decode(unquote(cookies[TOLD])) if cookies.get(TOLD) else None
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError):
        return None
