"""Nodes on one database: each a process on a port that it keeps when it is started again."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tests.faults.client import RawClient
from tests.postgres import free_port
from tests.support import Server

LAUNCHER = Path(__file__).with_name("launcher.py")
SERVING_SECONDS_MAX = 15.0


class Node(Server):
    """A server that can be paused. With `environ` it is started by our launcher, which obeys it (see there)."""

    def __init__(self, data: Path, *options: str, environ: dict[str, str] | None = None) -> None:
        if environ is not None:
            self.launch = (sys.executable, str(LAUNCHER))
        super().__init__(data, *options, environ=environ)

    def pause(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def stop(self) -> int:
        if self.process.poll() is None:
            self.resume()
        return super().stop()

    def said(self, words: str) -> bool:
        """Whether these words are in its log."""
        return any(words in str(entry) for entry in list(self.log))


class Cluster:
    """Nodes on the databases named, which are one by several ways; they share their keys, and nothing else."""

    def __init__(self, folder: Path, *dsns: str, environs: Sequence[dict[str, str]] = ()) -> None:
        """`environs`: each node's orders for the launcher."""
        self._folder = folder
        self._dsns = dsns
        self._ports = [free_port() for _ in dsns]
        self.urls = [f"http://127.0.0.1:{port}" for port in self._ports]
        self.nodes: list[Node] = []
        try:
            for at in range(len(dsns)):
                self.nodes.append(self.new(at, environs[at] if environs else None))
        except BaseException:
            self.close()
            raise
        self._create_probe()

    def new(self, at: int, environ: dict[str, str] | None = None) -> Node:
        """Start a node in this place, by the launcher when there are orders for it."""
        options = ("--database", self._dsns[at], "--keys", str(self._folder / "keys"), "--port", str(self._ports[at]))
        return Node(self._folder / f"node{at}", *options, environ=environ)

    def _create_probe(self) -> None:
        with RawClient(self.urls[0]) as client:
            self._probe = client.call("CreateQueue", QueueName="probe")["QueueUrl"]

    def restart(self, at: int, environ: dict[str, str] | None = None) -> None:
        """Start the node again that was killed or stopped."""
        self.nodes[at] = self.new(at, environ)

    def answers(self, at: int) -> bool:
        """Whether a node serves: it sends, and it receives."""
        try:
            with RawClient(self.urls[at], timeout=2) as client:
                sent = client.try_call("SendMessage", QueueUrl=self._probe, MessageBody="probe")
                received = client.try_call("ReceiveMessage", QueueUrl=self._probe)
                return sent.status == received.status == 200
        except OSError:
            return False

    def wait_until_serving(self) -> float:
        """Until every node serves; the seconds it took."""
        began = time.monotonic()
        for at in range(len(self.nodes)):
            while not self.answers(at):
                assert time.monotonic() < began + SERVING_SECONDS_MAX, f"node {at} does not come back"
                time.sleep(0.02)
        return time.monotonic() - began

    def close(self) -> None:
        for each in self.nodes:
            each.stop()


def rounds(default: int = 1) -> int:
    return int(os.environ.get("CHASQUI_FAULT_ROUNDS", str(default)))


SEED = os.environ.get("CHASQUI_FAULT_SEED") or str(time.time_ns())
