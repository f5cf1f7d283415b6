"""Uploading in a real browser: files and folders, large ones in parts, cancelled, broken off and tried again."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests.console.browser import Visit
from tests.support import Server

_numbers = count(1)

Visits = Callable[..., Visit]
MIB = 1024 * 1024


@pytest.fixture
def s3(server: Server) -> Any:
    """A client."""
    return server.client("s3")


@pytest.fixture
def bucket(s3: Any) -> str:
    """A new bucket's name."""
    name = f"uploads-{next(_numbers)}"
    s3.create_bucket(Bucket=name)
    return name


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of 35 MB: three parts."""
    path = tmp_path_factory.mktemp("large") / "film.bin"
    path.write_bytes(os.urandom(35 * MIB + 17))
    return path


def _upload(page: Any) -> None:
    page.get_by_role("button", name="Upload", exact=True).click()


def test_files_are_uploaded_under_the_folder_with_their_types(visit: Visits, s3: Any, bucket: str) -> None:
    page = visit().open(f"buckets/{bucket}/upload?prefix=in/")
    page.locator("#files").set_input_files(
        [
            {"name": "a<b>.txt", "mimeType": "text/plain", "buffer": b"alpha"},
            {"name": "empty", "mimeType": "", "buffer": b""},
            {"name": "b.png", "mimeType": "image/png", "buffer": b"\x89PNG" + b"\0" * 400_000},
        ]
    )
    page.get_by_text("Files chosen: 3").first.wait_for()
    _upload(page)
    page.get_by_text("Files uploaded: 3 of 3").first.wait_for()
    assert s3.get_object(Bucket=bucket, Key="in/a<b>.txt")["Body"].read() == b"alpha"
    assert s3.head_object(Bucket=bucket, Key="in/empty")["ContentLength"] == 0
    assert s3.head_object(Bucket=bucket, Key="in/b.png")["ContentType"] == "image/png"
    assert s3.head_object(Bucket=bucket, Key="in/b.png")["ContentLength"] == 400_004


def test_a_folder_keeps_its_paths(visit: Visits, s3: Any, bucket: str, tmp_path: Path) -> None:
    (tmp_path / "tree" / "inner").mkdir(parents=True)
    (tmp_path / "tree" / "top.txt").write_text("top")
    (tmp_path / "tree" / "inner" / "deep.txt").write_text("deep")
    page = visit().open(f"buckets/{bucket}/upload")
    page.locator("#folder").set_input_files(str(tmp_path / "tree"))
    _upload(page)
    page.get_by_text("Files uploaded: 2 of 2").first.wait_for()
    keys = [each["Key"] for each in s3.list_objects_v2(Bucket=bucket)["Contents"]]
    assert keys == ["tree/inner/deep.txt", "tree/top.txt"]


def test_what_is_dropped_is_uploaded(visit: Visits, s3: Any, bucket: str) -> None:
    page = visit().open(f"buckets/{bucket}/upload")
    transfer = page.evaluate_handle(
        "() => { const data = new DataTransfer(); data.items.add(new File(['dropped'], 'd.txt')); return data; }"
    )
    page.locator("#drop").dispatch_event("drop", {"dataTransfer": transfer})
    _upload(page)
    page.get_by_role("cell", name="Uploaded").wait_for()
    assert s3.get_object(Bucket=bucket, Key="d.txt")["Body"].read() == b"dropped"


def test_a_large_file_goes_in_parts_and_arrives_whole(visit: Visits, s3: Any, bucket: str, large: Path) -> None:
    page = visit().open(f"buckets/{bucket}/upload")
    page.locator("#files").set_input_files(str(large))
    _upload(page)
    page.get_by_role("cell", name="Uploaded").wait_for()
    got = s3.get_object(Bucket=bucket, Key="film.bin")
    assert got["ETag"].endswith('-3"')
    assert hashlib.sha256(got["Body"].read()).digest() == hashlib.sha256(large.read_bytes()).digest()


_BREAKS = """
() => {
  const { open, send } = XMLHttpRequest.prototype;
  window.asked = [];
  window.broken = true;
  XMLHttpRequest.prototype.open = function (method, address) {
    this.number = new URL(address, location).searchParams.get("number");
    return open.apply(this, arguments);
  };
  XMLHttpRequest.prototype.send = function (body) {
    send.call(this, body);
    if (this.number) window.asked.push(this.number);
    if (this.number === "2" && window.broken) this.abort();
  };
}
"""


def test_a_part_that_fails_is_sent_again_and_only_that(visit: Visits, s3: Any, bucket: str, large: Path) -> None:
    page = visit().open(f"buckets/{bucket}/upload")
    # In the page: where Playwright looks at requests, it looks at all that they bring.
    page.evaluate(_BREAKS)
    page.locator("#files").set_input_files(str(large))
    _upload(page)
    page.get_by_text("Failed: 1").first.wait_for()
    page.evaluate("window.broken = false")
    page.get_by_role("button", name="Retry: film.bin").click()
    page.get_by_role("cell", name="Uploaded").wait_for()
    assert sorted(page.evaluate("window.asked")) == ["1", "2", "2", "2", "2", "3"]
    assert s3.head_object(Bucket=bucket, Key="film.bin")["ContentLength"] == large.stat().st_size


def test_a_cancelled_upload_leaves_nothing(visit: Visits, s3: Any, bucket: str, large: Path) -> None:
    here = visit()
    page = here.open(f"buckets/{bucket}/upload")
    # Nobody answers: the parts are under way until they are cancelled.
    here.context.route("**/upload/part?**", lambda route: None)
    page.locator("#files").set_input_files(str(large))
    with page.expect_request("**/upload/part?**"):
        _upload(page)
    assert len(s3.list_multipart_uploads(Bucket=bucket)["Uploads"]) == 1
    with page.expect_response("**/upload/abort?**") as aborted:
        page.get_by_role("button", name="Cancel: film.bin").click()
    assert aborted.value.status == 200
    page.get_by_role("cell", name="Cancelled").wait_for()
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket)
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)


def test_a_refusal_is_told_beside_the_file(visit: Visits, s3: Any, bucket: str) -> None:
    page = visit().open(f"buckets/{bucket}/upload")
    page.locator("#files").set_input_files([{"name": "late.txt", "mimeType": "text/plain", "buffer": b"x"}])
    s3.delete_bucket(Bucket=bucket)
    _upload(page)
    page.get_by_role("cell", name="NoSuchBucket").wait_for()


def test_an_upload_needs_the_visits_token(visit: Visits, s3: Any, bucket: str) -> None:
    here = visit()
    page = here.open(f"buckets/{bucket}/upload")
    status = page.evaluate(
        "(address) => fetch(address, {method: 'PUT', body: 'x', headers: {'content-type': 'application/octet-stream'}})"
        ".then((response) => response.status)",
        f"{here.address(f'buckets/{bucket}/upload/whole')}?key=forged",
    )
    assert status == 403
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)


def test_everything_is_reached_by_keyboard(visit: Visits, s3: Any, bucket: str) -> None:
    page = visit().open(f"buckets/{bucket}/upload")
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Add files").press("Enter")
    chooser.value.set_files([{"name": "k.txt", "mimeType": "text/plain", "buffer": b"k"}])
    page.wait_for_function("document.activeElement.id == 'upload-start'")
    page.keyboard.press("Enter")
    page.get_by_role("status").get_by_text("Files uploaded: 1 of 1").wait_for()
    assert s3.head_object(Bucket=bucket, Key="k.txt")["ContentLength"] == 1


@pytest.mark.parametrize(
    ("name", "kind", "content"),
    [
        ("evil.html", "text/html", "<script>document.title = 'ran'; fetch('/_chasqui/console/')</script><h1>hi</h1>"),
        (
            "evil.svg",
            "image/svg+xml",
            "<svg xmlns='http://www.w3.org/2000/svg'><script>document.documentElement.setAttribute('ran', '1')</script>"
            "</svg>",
        ),
        ("evil.js", "text/javascript", "document.title = 'ran'"),
    ],
)
def test_an_uploaded_page_runs_no_script_at_this_origin(
    visit: Visits, server: Server, bucket: str, name: str, kind: str, content: str
) -> None:
    here = visit()
    page = here.open(f"buckets/{bucket}/upload")
    page.locator("#files").set_input_files([{"name": name, "mimeType": kind, "buffer": content.encode()}])
    _upload(page)
    page.get_by_role("cell", name="Uploaded").wait_for()
    # A page of the watched context would fail for what its policy says; this one is looked at by itself.
    other = here.context.browser.new_context()
    try:
        opened = other.new_page()
        asked: list[str] = []
        opened.on("request", lambda request: asked.append(request.url))
        opened.goto(f"{here.url}/{bucket}/{name}")
        assert opened.title() != "ran"
        assert opened.locator("[ran]").count() == 0
        assert asked == [f"{here.url}/{bucket}/{name}"]
        # Not even a page of the console can take it for a script of its own.
        page.evaluate(
            "(address) => { const script = document.createElement('script'); script.src = address; "
            "document.head.append(script); }",
            f"{here.url}/{bucket}/{name}",
        )
        page.wait_for_function("window.__violations.length > 0")
        assert page.title() != "ran"
        page.evaluate("window.__violations = []")
        here.watched.errors.clear()
    finally:
        other.close()
