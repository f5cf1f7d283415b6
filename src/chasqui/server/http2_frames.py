"""The lengths that HTTP/2 frames announce, watched as the bytes come.

h2 looks at a frame's length when the whole frame is there: a client that announces 16 MB would have them all buffered
before it is refused. No I/O.
"""

from __future__ import annotations

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_LENGTH_BYTES = 3
_REST_OF_HEAD_BYTES = 6


class FrameLengths:
    """Follows one connection's frames (RFC 9113, 4.1), from its preface on."""

    __slots__ = ("_length", "_maximum", "_skip")

    def __init__(self, maximum: int) -> None:
        self._maximum = maximum
        self._skip = len(PREFACE)
        self._length = b""

    def overlong(self, data: bytes) -> bool:
        """Whether a frame that begins in `data` is longer than was allowed."""
        at = 0
        while True:
            skipped = min(self._skip, len(data) - at)
            self._skip -= skipped
            at += skipped
            if self._skip:
                return False
            missing = _LENGTH_BYTES - len(self._length)
            self._length += data[at : at + missing]
            at += missing
            if len(self._length) < _LENGTH_BYTES:
                return False
            length = int.from_bytes(self._length, "big")
            if length > self._maximum:
                return True
            self._length = b""
            self._skip = _REST_OF_HEAD_BYTES + length
