"""Forms are read as the standard library reads them, and quickly."""

from __future__ import annotations

import time
from urllib.parse import parse_qs, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chasqui.console.forms import Form

WRITTEN = st.text(alphabet="ab=&%+_ 0123dDfF\r\n;<\u00e9\U0001f999\x00", max_size=60)


def _read(text: str) -> dict[str, list[str]]:
    form = Form.parse(text)
    return {name: list(form._fields[name]) for name in form}


@given(WRITTEN)
def test_any_text_is_read_as_the_standard_library_does(text: str) -> None:
    assert _read(text) == parse_qs(text, keep_blank_values=True)


@given(st.lists(st.tuples(st.text(max_size=8), st.text(max_size=40)), max_size=6))
def test_what_a_browser_writes_comes_out_again(pairs: list[tuple[str, str]]) -> None:
    expected: dict[str, list[str]] = {}
    for name, value in pairs:
        expected.setdefault(name, []).append(value)
    assert _read(urlencode(pairs, errors="replace")) == parse_qs(
        urlencode(pairs, errors="replace"), keep_blank_values=True
    )


def test_line_ends_are_as_on_unix_unless_raw() -> None:
    form = Form.parse("text=a%0D%0Ab")
    assert (form["text"], form.raw("text"), form.all("text")) == ("a\nb", "a\r\nb", ["a\nb"])


def test_too_many_fields_are_refused() -> None:
    assert len(Form.parse("&".join(f"f{at}=x" for at in range(2000)))) == 2000
    with pytest.raises(ValueError, match="too many"):
        Form.parse("&".join(f"f{at}=x" for at in range(2001)))


@pytest.mark.parametrize("text", ["%3C%0A" * 1_200_000, "a" * 7_000_000, "%3Ca" * 1_800_000])
def test_megabytes_of_escapes_are_read_at_once(text: str) -> None:
    """The best of some runs, of processor time: other programs run here too."""
    taken = []
    for _ in range(3):
        began = time.thread_time()
        Form.parse(f"text={text}")
        taken.append(time.thread_time() - began)
    assert min(taken) < 0.4


def test_percent_signs_without_end_are_refused_at_once() -> None:
    assert Form.parse("rate=100%&of=50%zz")["rate"] == "100%"
    with pytest.raises(ValueError, match="browser"):
        Form.parse("text=" + "%" * 7_000_000)
