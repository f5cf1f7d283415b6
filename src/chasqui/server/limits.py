"""What a client may ask of a connection: sizes, counts and times. Documented fields, nothing else."""

from __future__ import annotations

import msgspec

KIB = 1024
MIB = 1024 * KIB


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """The bounds of one listener. Seconds are measured by a coarse sweep and may run over by a quarter."""

    #: Connections at a time, and of one address (an IPv6 network of 64 bits is one); beyond it 503, or the end of a
    #: connection that does not speak HTTP/1.1 in the clear. 0 is no limit.
    connections_max: int = 0
    connections_per_address_max: int = 0
    #: Longest request target (path and query); beyond it 414.
    target_bytes_max: int = 32 * KIB
    #: Longest request line and headers together; beyond it 431.
    head_bytes_max: int = 64 * KIB
    #: Most header fields of one request; beyond it 431.
    headers_max: int = 128
    #: Longest body that is taken whole; beyond it 413.
    body_bytes_max: int = 128 * MIB
    #: Requests of one HTTP/1.1 connection that are worked on at a time; beyond it the connection is not read.
    pipelined_max: int = 16
    #: Streams of one HTTP/2 connection that are open at a time; beyond it REFUSED_STREAM.
    streams_max: int = 128
    #: Streams that one HTTP/2 connection may reset before their answers, per second; beyond it GOAWAY.
    resets_per_second_max: int = 200
    #: Bytes of bodies that one HTTP/2 connection may send ahead of what has been taken in.
    window_bytes: int = MIB
    #: Answer bytes waiting for a slow reader before its further requests wait too.
    write_buffer_bytes: int = 256 * KIB
    #: Time for a whole request to arrive, to which a body adds what the slowest allowed sender needs; then 408.
    request_seconds: float = 30.0
    #: The slowest allowed sender of a body.
    body_bytes_per_second_min: int = KIB
    #: A connection without a request is closed after this time. The JDK's and Go's clients keep theirs for 60 and 90 s
    #: and must not race with ours.
    idle_seconds: float = 120.0
    #: A client that takes none of its answer for this time is cut off.
    stall_seconds: float = 60.0
    #: How long a refused client may go on sending before the connection is closed under it.
    linger_seconds: float = 2.0
    #: Of a body that is taken as it comes, so much may be left unread by an answer without ending the connection.
    unread_bytes_max: int = 64 * KIB
