"""Rules without a server: version ids, ranges, metadata, sources, names of rows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chasqui.base.errors import ServiceError
from chasqui.services.s3.keys import key_of, row_name, upload_name, version_name, versions_prefix
from chasqui.services.s3.objects.checks import check_metadata, parse_tagging, printed_metadata
from chasqui.services.s3.objects.document import Part
from chasqui.services.s3.objects.listing import after_key, after_prefix
from chasqui.services.s3.objects.ranges import part_span, range_of
from chasqui.services.s3.objects.sources import Source, parse_source
from chasqui.services.s3.objects.versions import new_version_id, order_of
from chasqui.store.prefixes import end_of

KEYS = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("\x00\x01\x02\x03/"), min_size=1, max_size=12)


@given(st.integers(0, 2**63 - 1))
def test_a_version_id_tells_its_order(order: int) -> None:
    made = new_version_id(order)

    assert len(made) == 32
    assert order_of(made) == order


@pytest.mark.parametrize("text", ["", "null", "x" * 31, "x" * 33, "!" * 32, "\u00fc" * 32])
def test_what_is_no_version_id_has_no_order(text: str) -> None:
    assert order_of(text) is None


@given(KEYS, KEYS)
def test_rows_sort_as_keys_do(one: str, other: str) -> None:
    assert (row_name(one) < row_name(other)) == (one.encode() < other.encode())
    assert "\x00" not in row_name(one)
    assert key_of(row_name(one)) == one


@given(KEYS, KEYS, st.integers(0, 2**63 - 1))
def test_versions_stand_between_their_key_and_the_next(one: str, other: str, order: int) -> None:
    name = version_name(one, order)

    assert key_of(name) == one
    assert name.startswith(versions_prefix(one))
    assert row_name(one) < name < after_key(one)
    if one.encode() < other.encode():
        assert after_key(one) < row_name(other)


@given(KEYS, st.integers(0, 2**62), st.integers(1, 2**62))
def test_newer_versions_come_first(key: str, order: int, more: int) -> None:
    assert version_name(key, order + more) < version_name(key, order)


@given(KEYS, KEYS)
def test_what_follows_a_prefix_is_behind_all_its_keys(prefix: str, rest: str) -> None:
    assert row_name(prefix + rest) < after_prefix(prefix)
    assert row_name(prefix + rest) < end_of(row_name(prefix))
    if rest.encode() > prefix.encode() and not rest.startswith(prefix):
        assert row_name(rest) > after_prefix(prefix)
        assert row_name(rest) >= end_of(row_name(prefix))


def test_an_upload_is_found_under_its_key() -> None:
    assert key_of(upload_name("a\x01b", "id")) == "a\x01b"


@pytest.mark.parametrize(
    ("text", "span"),
    [("bytes=0-0", (0, 1)), ("bytes=-2", (8, 10)), ("bytes=3-", (3, 10)), ("bytes= 3 - 4", (3, 5))],
)
def test_ranges(text: str, span: tuple[int, int]) -> None:
    found = range_of(text, 10)

    assert found is not None
    assert (found.start, found.end) == span


@pytest.mark.parametrize("text", ["bytes=0-", "bytes=-1", "bytes=0-0"])
def test_nothing_of_an_empty_object_can_be_asked_for(text: str) -> None:
    with pytest.raises(ServiceError) as caught:
        range_of(text, 0)

    assert caught.value.code == "InvalidRange"


def test_parts_lie_one_after_the_other() -> None:
    parts = [Part(1, 5, "a"), Part(2, 3, "b"), Part(7, 2, "c")]

    third = part_span(3, 10, parts)

    assert third is not None
    assert (third.start, third.end, third.parts, third.checksum) == (8, 10, 3, "c")


def test_raw_bytes_in_metadata_are_latin_1_as_on_aws() -> None:
    # The example of the S3 user guide, "Working with object metadata".
    kept = check_metadata({"nonascii": "\u00c4M\u00c4Z\u00d5\u00d1 S3"})

    assert printed_metadata(kept) == {"nonascii": "=?UTF-8?B?w4PChE3Dg8KEWsODwpXDg8KRIFMz?="}


def test_what_only_looks_encoded_is_kept() -> None:
    assert check_metadata({"a": "=?what?", "b": "=?no-such-charset?Q?=FF?="}) == {
        "a": "=?what?",
        "b": "=?no-such-charset?Q?=FF?=",
    }


def test_tags_of_a_header_are_percent_encoded() -> None:
    assert parse_tagging("a=1&b%20c=d%2Be&f") == {"a": "1", "b c": "d+e", "f": ""}


@pytest.mark.parametrize(
    ("header", "source"),
    [
        ("b/k", Source("b", "k")),
        ("/b/k/l", Source("b", "k/l")),
        ("b/k%3FversionId%3Dx", Source("b", "k?versionId=x")),
        ("b/k?versionId=v1", Source("b", "k", "v1")),
        ("b/%C3%BC", Source("b", "\u00fc")),
        ("b", None),
        ("/", None),
        ("b/%FF", None),
        (None, None),
    ],
)
def test_sources(header: str | None, source: Source | None) -> None:
    assert parse_source(header) == source
