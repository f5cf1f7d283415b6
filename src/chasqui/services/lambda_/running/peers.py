"""Whose a connection on loopback is: the kernel tells which socket is at its other end, and /proc who has it open.

Blocks for a moment: for threads. Where the system tells nothing of the kind, everybody is believed.

Source: Linux' sock_diag(7), proc(5) (/proc/net/tcp, /proc/PID/fd).
"""

from __future__ import annotations

import os
import socket
import struct
import sys
from pathlib import Path
from typing import Final

import msgspec

from chasqui.services.lambda_.running.processes import descendants

_SOCK_DIAG: Final = 4
_BY_FAMILY: Final = 20
_REQUEST: Final = 1
_NO_COOKIE: Final = 0xFFFFFFFF
_ALL_STATES: Final = 0xFFFFFFFF
_HEADER: Final = struct.Struct("=IHHII")
_ASKED: Final = struct.Struct("=BBBBI")
_TOLD: Final = struct.Struct("=IIIII")
_ID_BYTES: Final = 48
_SECONDS: Final = 1.0
_INODE_COLUMN: Final = 9


class Peer(msgspec.Struct, frozen=True):
    """A connection over IPv4 as the server sees it: the other end's address, and its own."""

    host: str
    port: int
    own_host: str
    own_port: int


def holds(pid: int, peer: Peer) -> bool:
    """Whether a process, or one that it has started, has the other end."""
    if not sys.platform.startswith("linux"):
        return True
    inode: int | None
    try:
        inode = _inode(peer)
    except OSError:
        inode = _listed_inode(peer)
    if inode is None:
        return True
    return inode != 0 and any(_has_open(each, f"socket:[{inode}]") for each in descendants(pid))


def _has_open(pid: int, name: str) -> bool:
    folder = f"/proc/{pid}/fd"
    try:
        for each in os.listdir(folder):
            try:
                if os.readlink(f"{folder}/{each}") == name:
                    return True
            except FileNotFoundError:
                continue  # closed meanwhile
    except PermissionError:
        # What may not be seen is a process that hides itself, of the very environment: its own affair.
        return True
    except OSError:
        return False
    return False


def _inode(peer: Peer) -> int:
    """The other end's inode, as the kernel tells it; 0 when there is no such socket. Raises `OSError` where it tells
    nothing."""
    ports = struct.pack("!HH", peer.port, peer.own_port)
    hosts = socket.inet_aton(peer.host) + bytes(12) + socket.inet_aton(peer.own_host) + bytes(12)
    body = _ASKED.pack(socket.AF_INET, socket.IPPROTO_TCP, 0, 0, _ALL_STATES)
    body += ports + hosts + struct.pack("=III", 0, _NO_COOKIE, _NO_COOKIE)
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _SOCK_DIAG) as asking:
        asking.settimeout(_SECONDS)
        asking.send(_HEADER.pack(_HEADER.size + len(body), _BY_FAMILY, _REQUEST, 1, 0) + body)
        answer = asking.recv(8192)
    _, type_, *_ = _HEADER.unpack_from(answer)
    if type_ == _BY_FAMILY:
        inode: int = _TOLD.unpack_from(answer, _HEADER.size + 4 + _ID_BYTES)[4]
        return inode
    (error,) = struct.unpack_from("=i", answer, _HEADER.size)
    if -error == 2:  # ENOENT
        return 0
    raise OSError(-error, os.strerror(-error))


def _listed_inode(peer: Peer) -> int | None:
    """The same out of the list of all connections; None where there is no such list."""
    ends = [
        f"{int.from_bytes(socket.inet_aton(host), sys.byteorder):08X}:{port:04X}"
        for host, port in ((peer.host, peer.port), (peer.own_host, peer.own_port))
    ]
    found: int | None = None
    # Sockets that speak both are in the second list, their addresses with a prefix.
    for name in ("tcp", "tcp6"):
        try:
            lines = Path(f"/proc/net/{name}").read_text(encoding="ascii").splitlines()[1:]
        except OSError:
            continue
        found = found or 0
        for line in lines:
            columns = line.split()
            if columns[1].endswith(ends[0]) and columns[2].endswith(ends[1]):
                found = int(columns[_INODE_COLUMN])
    return found
