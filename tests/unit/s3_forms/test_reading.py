"""Forms taken apart: fields, then the file, however the bytes come."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from chasqui.base.errors import ServiceError
from chasqui.services.s3.browsers.forms_reading import FormReader, boundary_of

FILE = b"line\r\n--almost\r\n--bound\r\nmore" * 300
FORM = (
    b'--boundary\r\nContent-Disposition: form-data; name="key"\r\n\r\nphotos/${filename}\r\n'
    b'--boundary\r\nContent-Disposition: form-data; name="Empty"\r\n\r\n\r\n'
    b'--boundary\r\nContent-Disposition: form-data; name="file"; filename="a \\"b\\".jpg"\r\n'
    b"Content-Type: image/jpeg\r\n\r\n" + FILE + b"\r\n"
    b'--boundary\r\nContent-Disposition: form-data; name="submit"\r\n\r\nUpload\r\n--boundary--\r\n'
)


async def pieces(data: bytes, step: int) -> AsyncIterator[bytes]:
    for at in range(0, len(data), step):
        yield data[at : at + step]


def read(data: bytes, step: int = 1 << 20) -> tuple[dict[str, str], str, bytes]:
    async def run() -> tuple[dict[str, str], str, bytes]:
        form = FormReader(pieces(data, step), b"boundary")
        fields = await form.fields()
        return fields, form.filename, b"".join([each async for each in form.file()])

    return asyncio.run(run())


@pytest.mark.parametrize("step", [1, 2, 3, 7, 11, 64, 1000, 1 << 20])
def test_a_form_reads_the_same_however_it_comes(step: int) -> None:
    assert read(FORM, step) == ({"key": "photos/${filename}", "empty": ""}, 'a "b".jpg', FILE)


def test_an_empty_file_is_a_file() -> None:
    form = b'--boundary\r\nContent-Disposition: form-data; name="file"; filename=""\r\n\r\n\r\n--boundary--\r\n'
    assert read(form) == ({}, "", b"")


@pytest.mark.parametrize(
    ("form", "code"),
    [
        (b"", "MalformedPOSTRequest"),
        (FORM[:60], "MalformedPOSTRequest"),
        (FORM[:1000], "MalformedPOSTRequest"),
        (b"--boundary\r\nContent-Type: a/b\r\n\r\nx\r\n--boundary--\r\n", "MalformedPOSTRequest"),
        (FORM.replace(b"photos", b"p" * 30_000), "MaxPostPreDataLengthExceeded"),
    ],
)
def test_what_is_no_form_is_refused(form: bytes, code: str) -> None:
    with pytest.raises(ServiceError) as caught:
        read(form, 100)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("content_type", "boundary"),
    [
        ("multipart/form-data; boundary=abc", b"abc"),
        ('multipart/form-data; charset=utf-8; boundary="a b c"', b"a b c"),
        ("multipart/form-data; Boundary=----WebKitFormBoundary7MA4", b"----WebKitFormBoundary7MA4"),
    ],
)
def test_the_boundary_is_in_the_content_type(content_type: str, boundary: bytes) -> None:
    assert boundary_of(content_type) == boundary
