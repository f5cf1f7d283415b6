"""Whole numbers as addresses and forms give them."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from chasqui.base.errors import ServiceError
from chasqui.console.numbers import digits, numbered
from chasqui.console.page import Page


def said(text: str, **values: Any) -> str:
    return text % values


PAGE = cast("Page", SimpleNamespace(text=said))


@pytest.mark.parametrize("text", ["", "x", "-1", "1.5", " 1", "٣", "²", "1" * 5000])
def test_a_number_is_ascii_digits_and_not_too_many(text: str) -> None:
    assert digits(text) is None


def test_a_number_may_have_as_many_digits_as_are_wanted() -> None:
    assert (digits("007"), digits("99", 2), digits("100", 2)) == (7, 99, None)


def test_a_field_may_be_empty_and_below_nought() -> None:
    assert [numbered(PAGE, "Timeout", text) for text in (" 7 ", "", "-1")] == [7, None, -1]


@pytest.mark.parametrize("text", ["x", "--1", "-", "1e3"])
def test_a_field_that_is_no_number_is_refused_by_its_name(text: str) -> None:
    with pytest.raises(ServiceError, match="Timeout must be a whole number"):
        numbered(PAGE, "Timeout", text)
