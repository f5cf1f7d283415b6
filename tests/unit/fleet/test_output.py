"""What workers print, and how much of it is kept."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from chasqui.fleet.output import Prefixed, Rotated, Writing
from chasqui.fleet.settings import Output


def prefixed(pieces: list[bytes]) -> bytes:
    """What a reader gets of a worker that printed these."""
    read, write = os.pipe()
    target = Prefixed("crew-0", write, Writing())
    for piece in pieces:
        target.write(piece)
    target.close()
    os.close(write)
    with os.fdopen(read, "rb") as file:
        return file.read()


def test_every_line_has_its_workers_name_however_it_came() -> None:
    assert prefixed([b"on", b"e\ntwo\nth", b"ree"]) == b"[crew-0] one\n[crew-0] two\n[crew-0] three\n"


def test_a_line_without_an_end_is_broken() -> None:
    read, write = os.pipe()
    target = Prefixed("crew-0", write, Writing())
    found: list[bytes] = []
    reader = threading.Thread(target=lambda: found.append(os.fdopen(read, "rb").read()))
    reader.start()

    for _ in range(40):
        target.write(b"x" * 4096)
    os.close(write)
    reader.join(10)

    assert found[0].count(b"\n") == 2
    assert max(map(len, found[0].split(b"\n"))) < 80_000


def test_output_that_nobody_reads_does_not_hold_up_the_end() -> None:
    read, write = os.pipe()
    writing = Writing()
    stuck = writing.thread.submit(writing.put, write, b"x" * 1_000_000)

    writing.close()

    stuck.result(10)
    os.close(read)
    os.close(write)


def test_files_are_rotated_and_the_oldest_goes(tmp_path: Path) -> None:
    target = Rotated(tmp_path / "logs" / "crew-0.log", Output(file_bytes_max=4096, files_max=3))

    for letter in b"abcde":
        target.write(bytes([letter]) * 4000)
    target.close()

    kept = {file.name: file.read_bytes()[:1] for file in (tmp_path / "logs").iterdir()}
    assert kept == {"crew-0.log": b"e", "crew-0.log.1": b"d", "crew-0.log.2": b"c"}
