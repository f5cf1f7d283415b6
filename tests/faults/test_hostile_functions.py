"""Functions as an attacker writes them: their zips, their variables, what they ask of others' Runtime APIs."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import socket
import stat
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from chasqui.services.lambda_.running import peers
from chasqui.services.lambda_.running.contract import CannotRun
from chasqui.services.lambda_.running.packages import unpack
from tests.unit.lambda_running.harness import Harness

_CODE = """
import http.client, os, re

def handler(event, context):
    return globals()["do_" + event["do"]](event)

def do_read(event):
    try:
        if os.path.isdir(event["path"]):
            return os.listdir(event["path"])
        return open(event["path"]).read()
    except OSError as error:
        return type(error).__name__

def do_own_address(event):
    return os.environ["AWS_LAMBDA_RUNTIME_API"]

def do_variables(event):
    return dict(os.environ)

def do_steal(event):
    connection = http.client.HTTPConnection(event["address"], timeout=2)
    try:
        connection.request("GET", "/2018-06-01/runtime/invocation/next")
        return connection.getresponse().status
    except OSError as error:
        return type(error).__name__
    except http.client.HTTPException as error:
        return type(error).__name__
"""

needs_bubblewrap = pytest.mark.skipif(shutil.which("bwrap") is None, reason="there is no bubblewrap")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hostile")


@pytest.fixture(scope="module")
def harness(data: Path) -> Iterator[Harness]:
    harness = Harness(data)
    yield harness
    harness.close()


def _zip_with_links(links: Mapping[str, str], files: Mapping[str, bytes] = {}) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
        for name, target in links.items():
            info = zipfile.ZipInfo(name)
            info.create_system = 3
            info.external_attr = (stat.S_IFLNK | 0o777) << 16
            archive.writestr(info, target, zipfile.ZIP_DEFLATED)
    return file.getvalue()


@needs_bubblewrap
def test_a_link_in_a_layer_does_not_bring_the_servers_data_into_the_function(harness: Harness, data: Path) -> None:
    (data / "secret").write_text("the server's")
    layer = harness.store_package(_zip_with_links({"stolen": str(data)}))
    function = harness.deploy(_CODE, layers=(layer,))

    found = harness.run(function, json.dumps({"do": "read", "path": "/opt/stolen"}).encode())

    assert (found.error, json.loads(found.payload)) == ("", "FileNotFoundError")


@needs_bubblewrap
def test_a_link_within_a_layer_works(harness: Harness) -> None:
    layer = harness.store_package(_zip_with_links({"link": "data.txt"}, {"data.txt": b"there"}))
    function = harness.deploy(_CODE, layers=(layer,))

    found = harness.run(function, json.dumps({"do": "read", "path": "/opt/link"}).encode())

    assert json.loads(found.payload) == "there"


@needs_bubblewrap
def test_variables_of_a_function_do_not_reach_what_starts_it(harness: Harness, tmp_path: Path) -> None:
    """The loader's variables would run a library of the function's before it is isolated."""
    function = harness.deploy(_CODE, environment={"LD_DEBUG": "files", "LD_DEBUG_OUTPUT": str(tmp_path / "loaded")})

    found = harness.run(function, b'{"do": "variables"}')

    assert json.loads(found.payload)["LD_DEBUG"] == "files"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("isolation", [pytest.param("bubblewrap", marks=needs_bubblewrap), "process"])
def test_the_runtime_api_of_another_function_is_closed_to_a_function(tmp_path: Path, isolation: str) -> None:
    harness = Harness(tmp_path, isolation=isolation)
    victim, thief = harness.deploy(_CODE, name="victim"), harness.deploy(_CODE, name="thief")
    address = json.loads(harness.run(victim, b'{"do": "own_address"}').payload)

    stolen = harness.run(thief, json.dumps({"do": "steal", "address": address}).encode())
    after = harness.run(victim, b'{"do": "own_address"}')

    harness.close()
    assert json.loads(stolen.payload) in ("ConnectionResetError", "RemoteDisconnected")
    assert (after.error, json.loads(after.payload)) == ("", address)


def test_a_variable_with_a_nul_is_an_error_of_the_function_and_no_argument_of_what_isolates_it(
    harness: Harness,
) -> None:
    function = harness.deploy(_CODE, environment={"NAME": "a\0--bind\0/\0/"})

    with pytest.raises(CannotRun, match="could not be started"):
        harness.run(function, b'{"do": "variables"}')


def test_a_link_that_unpacks_to_gigabytes_is_refused_without_being_read(tmp_path: Path) -> None:
    path = tmp_path / "bomb.zip"
    path.write_bytes(_zip_with_links({"link": "a" * 5000}))

    with pytest.raises(CannotRun, match="Could not unzip"):
        unpack([path], tmp_path / "out", 1_000_000)


def test_a_zip_with_broken_deflate_data_is_refused(tmp_path: Path) -> None:
    data = bytearray(_zip_with_links({}, {"a": bytes(range(256)) * 40}))
    data[40:60] = b"\xff" * 20
    path = tmp_path / "broken.zip"
    path.write_bytes(bytes(data))

    with pytest.raises(CannotRun, match="Could not unzip"):
        unpack([path], tmp_path / "out", 1_000_000)


@pytest.mark.parametrize("name", ["../out-of-it", "/etc/evil", "a/../../b", "..\\b", "a/\0b/../../c"])
def test_a_name_that_leads_outside_is_refused_or_stays_inside(tmp_path: Path, name: str) -> None:
    path = tmp_path / "slip.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(zipfile.ZipInfo(name), b"x")
    before = {each.name for each in tmp_path.iterdir()}

    with contextlib.suppress(CannotRun):
        unpack([path], tmp_path / "out", 1_000_000)

    assert {each.name for each in tmp_path.iterdir()} - before == {"out"}


def test_nothing_is_written_through_a_link_of_an_earlier_layer(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.mkdir()
    first, second = tmp_path / "1.zip", tmp_path / "2.zip"
    first.write_bytes(_zip_with_links({"way": str(target)}))
    second.write_bytes(_zip_with_links({}, {"way/file": b"x"}))

    with pytest.raises(CannotRun, match="Could not unzip"):
        unpack([first, second], tmp_path / "out", 1_000_000)

    assert list(target.iterdir()) == []


def test_the_kernels_answer_and_its_list_name_the_same_end_of_a_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        peer = peers.Peer(*client.getsockname(), *server.getsockname())
        inode = os.fstat(client.fileno()).st_ino

        assert peers.holds(os.getpid(), peer)
        assert not peers.holds(1, peer)
        assert {peers._inode(peer), peers._listed_inode(peer)} == {inode}
