"""Listings are read to their ends, and where they are not, their page says so."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from chasqui.base.errors import ServiceError
from chasqui.console.language import Language
from chasqui.console.looks import ALL_MAX, Looks, all_of


class Listing:
    """An API that lists numbers, a hundred a page; `fails_at` a page."""

    def __init__(self, count: int, fails_at: int = -1) -> None:
        self.count = count
        self.fails_at = fails_at

    async def __call__(self, service: str, operation: str, /, **params: Any) -> dict[str, Any]:
        at = int(params.get("Marker", 0))
        if at == self.fails_at:
            raise ServiceError("AccessDenied", "no", status=403)
        following = {"NextMarker": str(at + 100)} if at + 100 < self.count else {}
        return {"Numbers": list(range(at, min(at + 100, self.count))), **following}


def page_of(listing: Listing) -> Any:
    language = Language("en")
    return SimpleNamespace(api=listing, cuts=[], text=language.text, language=language)


@pytest.mark.parametrize("count", [0, 1, 100, 101, 999, ALL_MAX])
def test_a_listing_is_read_to_its_end(count: int) -> None:
    page = page_of(Listing(count))
    asked = asyncio.run(all_of(page, "lambda", "ListNumbers", "Numbers"))
    assert asked.found["Numbers"] == list(range(count))
    assert page.cuts == []


def test_a_page_says_that_a_list_has_more() -> None:
    page = page_of(Listing(ALL_MAX + 1))
    asked = asyncio.run(all_of(page, "lambda", "ListNumbers", "Numbers"))
    asyncio.run(all_of(page, "lambda", "ListNumbers", "Numbers"))
    assert asked.found["Numbers"] == list(range(ALL_MAX))
    assert page.cuts == ["A list of this page ends after 1,000 entries; there are more."]


def test_what_is_offered_and_cut_can_be_typed() -> None:
    page = page_of(Listing(ALL_MAX + 1))
    asyncio.run(all_of(page, "lambda", "ListNumbers", "Numbers", offered=True))
    assert page.cuts == ["Only the first 1,000 are offered to choose from; type any other."]


def test_what_was_listed_before_a_refusal_is_kept() -> None:
    page = page_of(Listing(500, fails_at=200))
    looks = Looks(page)
    assert asyncio.run(looks.all("lambda", "ListNumbers", "Numbers")) == list(range(200))
    assert [each.code for each in looks.denied] == ["AccessDenied"]
