"""The pure rules behind functions' pages: packages, forms with files, filters, what an invocation gave."""

from __future__ import annotations

import base64
import io
import zipfile

import pytest

from chasqui.base.errors import ServiceError
from chasqui.console.functions.archives import TEXT_BYTES_MAX, Unreadable, file_of, look, packed, replaced
from chasqui.console.functions.facts import seconds_of
from chasqui.console.functions.matching import verdicts
from chasqui.console.functions.permissions import Statement, statements_of
from chasqui.console.functions.testing import outcome_of, pretty
from chasqui.console.functions.uploads import split


def _zip(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def test_a_text_becomes_a_package_of_one_file_that_may_be_executed() -> None:
    data = packed("bootstrap", "#!/bin/sh\n")

    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        info = archive.getinfo("bootstrap")
        assert info.external_attr >> 16 == 0o755
        assert archive.read(info) == b"#!/bin/sh\n"
    assert packed("bootstrap", "#!/bin/sh\n") == data


@pytest.mark.parametrize(
    ("runtime", "handler", "file"),
    [
        ("python3.13", "app.handler", "app.py"),
        ("python3.13", "pack.mod.handler", "pack/mod.py"),
        ("nodejs22.x", "index.handler", "index.mjs"),
        ("provided.al2023", "any", "bootstrap"),
    ],
)
def test_the_file_of_a_handler(runtime: str, handler: str, file: str) -> None:
    assert file_of(runtime, handler) == file


def test_the_first_text_is_shown_unless_another_is_wanted() -> None:
    data = _zip({"data.bin": b"\0\1", "app.py": b"x = 1", "lib/a.txt": b"a"})

    listing, shown = look(io.BytesIO(data), "")
    assert [each.name for each in listing.entries] == ["data.bin", "app.py", "lib/a.txt"]
    assert shown is not None
    assert (shown.name, shown.text) == ("app.py", "x = 1")
    assert look(io.BytesIO(data), "lib/a.txt")[1].text == "a"  # type: ignore[union-attr]
    assert look(io.BytesIO(data), "none")[1] is None


@pytest.mark.parametrize("content", [b"\0", b"\xff\xfe", b"x" * (TEXT_BYTES_MAX + 1)])
def test_what_is_no_text_or_too_large_is_not_shown(content: bytes) -> None:
    shown = look(io.BytesIO(_zip({"file": content})), "file")[1]
    assert shown is not None
    assert shown.text is None


def test_what_is_no_package_is_told() -> None:
    with pytest.raises(Unreadable):
        look(io.BytesIO(b"no zip"), "")
    with pytest.raises(Unreadable):
        replaced(b"no zip", "a", "b")


def test_one_file_is_replaced_and_a_new_one_added() -> None:
    before = _zip({"app.py": b"old", "data.bin": b"\0"})

    with zipfile.ZipFile(io.BytesIO(replaced(replaced(before, "app.py", "new"), "more.py", "1"))) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == {
            "app.py": b"new",
            "data.bin": b"\0",
            "more.py": b"1",
        }


def _multipart(*parts: tuple[str, bytes]) -> bytes:
    pieces = [
        b"--mark\r\nContent-Disposition: form-data; " + head.encode() + b"\r\n\r\n" + data for head, data in parts
    ]
    return b"\r\n".join((*pieces, b"--mark--\r\n"))


def test_a_form_with_a_file_is_split() -> None:
    data = b"PK\r\n--mar\0\r\n\r\n"
    file_part = ('name="package"; filename="a.zip"', data)
    body = _multipart(('name="name"', "été".encode()), file_part, ('name="tag"', b"1"), ('name="tag"', b"2"))

    form, file = split(body, b"mark")

    assert (form["name"], form.all("tag"), file) == ("été", ["1", "2"], data)


def test_an_empty_body_is_an_empty_form() -> None:
    form, file = split(b"", b"mark")
    assert (len(form), file) == (0, b"")


@pytest.mark.parametrize("body", [b"--mark", b"--mark\r\nhead only", b"--mark\r\nhead\r\n\r\nno end"])
def test_a_form_that_breaks_off_is_refused(body: bytes) -> None:
    with pytest.raises(ServiceError, match="can't be read"):
        split(body, b"mark")


def test_filters_look_into_bodies_that_are_json() -> None:
    found = verdicts(['{"body": {"kind": ["order"]}}', "", '{"body": ["text"]}', "nonsense"], '{"kind": "order"}')

    assert [each.matches for each in found] == [True, False, False]
    assert found[1].reason
    assert found[2].invalid
    assert [each.matches for each in verdicts(['{"body": ["text"]}'], "text")] == [True]


def test_filters_look_at_message_attributes() -> None:
    pattern = '{"messageAttributes": {"team": {"stringValue": ["a"]}}}'
    assert verdicts([pattern], "x", "team = a\nnothing")[0].matches
    assert not verdicts([pattern], "x", "team=b")[0].matches


def test_an_error_is_read_with_its_stack_and_the_report() -> None:
    log = b"REPORT RequestId: 1\tDuration: 1.5 ms\tBilled Duration: 2 ms\tMemory Size: 128 MB\tMax Memory Used: 10 MB\t"
    answer = {
        "StatusCode": 200,
        "FunctionError": "Unhandled",
        "Payload": b'{"errorType": "ValueError", "errorMessage": "no", "stackTrace": ["one\\n", "two\\n"]}',
        "LogResult": base64.b64encode(log).decode(),
    }

    outcome = outcome_of("RequestResponse", answer, 0.1)

    assert outcome.failure["errorType"] == "ValueError"
    assert outcome.stack == "one\ntwo"
    assert outcome.report == {
        "Duration": "1.5 ms",
        "Billed Duration": "2 ms",
        "Memory Size": "128 MB",
        "Max Memory Used": "10 MB",
    }


def test_an_answer_that_is_no_json_is_shown_as_it_is_and_cut() -> None:
    outcome = outcome_of("RequestResponse", {"Payload": b"\xff" + b"x" * (64 * 1024)}, 0)
    assert outcome.cut
    assert outcome.text.startswith("\N{REPLACEMENT CHARACTER}xx")


def test_statements_are_read_in_either_form() -> None:
    policy = {
        "Statement": [
            {
                "Sid": "a",
                "Effect": "Allow",
                "Principal": {"Service": "sns.amazonaws.com"},
                "Action": "lambda:X",
            },
            {"Principal": "*", "Action": ["a:b", "c:d"], "Condition": {"Bool": {"x": "true"}}},
        ]
    }
    assert statements_of(policy) == [
        Statement("a", "Allow", "sns.amazonaws.com", "lambda:X", ""),
        Statement("", "", "*", "a:b, c:d", '{"Bool": {"x": "true"}}'),
    ]


def test_a_damaged_file_makes_a_package_unreadable() -> None:
    data = bytearray(packed("app.py", "".join(chr(97 + each * each % 23) for each in range(2000))))
    data[40] = 0xFF  # within the compressed text

    with pytest.raises(Unreadable):
        look(io.BytesIO(bytes(data)), "")


@pytest.mark.parametrize("name", ["", "a" * 70_000])
def test_a_file_without_a_name_or_with_an_endless_one_is_no_part_of_a_package(name: str) -> None:
    with pytest.raises(Unreadable):
        packed(name, "x")
    with pytest.raises(Unreadable):
        replaced(packed("app.py", "x"), name, "y")


def test_what_is_nested_without_end_is_text() -> None:
    deep = "[" * 100_000

    assert pretty(deep.encode()) == (deep, None)
    assert [each.matches for each in verdicts(['{"body": {"a": [1]}}'], deep)] == [False]


def test_times_of_fields() -> None:
    assert seconds_of("1970-01-01T00:00:01.500+0000") == 1.5
    assert seconds_of("soon") is None
