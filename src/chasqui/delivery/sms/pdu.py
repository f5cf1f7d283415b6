"""SMPP 3.4's protocol data units: the few that a sender of text messages needs, as bytes. No I/O.

A PDU is a header of four 32-bit numbers (length, command, status, sequence number) and a body of fields, of which the
texts end with a zero byte. Section numbers are those of "Short Message Peer to Peer Protocol Specification v3.4".
"""

from __future__ import annotations

import struct
from typing import Final

import msgspec

from chasqui.base.errors import ChasquiError

_HEADER = struct.Struct(">IIII")
_RESPONSE: Final = 0x8000_0000
GENERIC_NACK: Final = 0x8000_0000
BIND_TRANSMITTER: Final = 0x02
SUBMIT_SM: Final = 0x04
DELIVER_SM: Final = 0x05
UNBIND: Final = 0x06
BIND_TRANSCEIVER: Final = 0x09
ENQUIRE_LINK: Final = 0x15

PDU_BYTES_MAX: Final = 64 * 1024
HEADER_BYTES: Final = _HEADER.size
_VERSION: Final = 0x34
_UDH: Final = 0x40
"""Bit of esm_class: the message begins with a user data header (5.2.12)."""
_PAYLOAD_TAG: Final = 0x0424
_CONCATENATED: Final = b"\x05\x00\x03"
"""A user data header of five bytes with one element, of three: reference, how many, which (3GPP TS 23.040,
9.2.3.24.1)."""
DEFAULT_ALPHABET, UCS2_CODING = 0x00, 0x08

# 5.1.3; those that another attempt may change, and those that say that the binding is not welcome.
STATUS: Final = {
    0x01: "ESME_RINVMSGLEN",
    0x04: "ESME_RINVBNDSTS",
    0x05: "ESME_RALYBND",
    0x08: "ESME_RSYSERR",
    0x0A: "ESME_RINVSRCADR",
    0x0B: "ESME_RINVDSTADR",
    0x0D: "ESME_RBINDFAIL",
    0x0E: "ESME_RINVPASWD",
    0x0F: "ESME_RINVSYSID",
    0x14: "ESME_RMSGQFUL",
    0x45: "ESME_RSUBMITFAIL",
    0x58: "ESME_RTHROTTLED",
    0x64: "ESME_RX_T_APPN",
    0x65: "ESME_RX_P_APPN",
    0x66: "ESME_RX_R_APPN",
    0xFE: "ESME_RDELIVERYFAILURE",
    0xFF: "ESME_RUNKNOWNERR",
}
RETRIED: Final = frozenset((0x04, 0x05, 0x08, 0x14, 0x45, 0x58, 0x64, 0xFE, 0xFF))


class BadPdu(ChasquiError):
    """The other side does not speak SMPP."""


class Pdu(msgspec.Struct, frozen=True):
    """One PDU; `command` is without the bit that marks a response."""

    command: int
    response: bool
    status: int
    sequence: int
    body: bytes


class Address(msgspec.Struct, frozen=True):
    """An address with its type of number and numbering plan (5.2.5, 5.2.6)."""

    ton: int
    npi: int
    text: str


def address(text: str) -> Address:
    """Of a number in E.164, a short code or a name (5.2.5): "" leaves it to the message centre."""
    if not text:
        return Address(0, 0, "")
    if text.startswith("+"):
        return Address(1, 1, text[1:])
    return Address(3, 0, text) if text.isascii() and text.isdigit() else Address(5, 0, text)


def status_name(status: int) -> str:
    """A status as the specification calls it."""
    return STATUS.get(status, f"status 0x{status:08X}")


def encode(command: int, sequence: int, body: bytes = b"", *, status: int = 0, response: bool = False) -> bytes:
    """A PDU's bytes."""
    length = HEADER_BYTES + len(body)
    return _HEADER.pack(length, command | (_RESPONSE if response else 0), status, sequence) + body


def read_header(data: bytes) -> tuple[int, Pdu]:
    """How many bytes of body follow a header, and its PDU without them. Raises `BadPdu`."""
    length, command, status, sequence = _HEADER.unpack(data)
    if not HEADER_BYTES <= length <= PDU_BYTES_MAX:
        raise BadPdu(f"a PDU of {length} bytes")
    return length - HEADER_BYTES, Pdu(command & ~_RESPONSE, bool(command & _RESPONSE), status, sequence, b"")


def bind(system_id: str, password: str, system_type: str = "") -> bytes:
    """The body of a bind (4.1.1, 4.1.5)."""
    return _text(system_id, 15) + _text(password, 8) + _text(system_type, 12) + bytes((_VERSION, 0, 0)) + b"\0"


def submit(
    source: Address, to: Address, coding: int, message: bytes, *, header: bytes = b"", payload: bool = False
) -> bytes:
    """The body of a submit_sm (4.4.1): the message after its user data header, if it has one, or as `message_payload`
    (5.3.2.32), which has 64 KiB."""
    parts = [
        b"\0",
        bytes((source.ton, source.npi)) + _text(source.text, 20),
        bytes((to.ton, to.npi)) + _text(to.text, 20),
        # esm_class, protocol id, priority; scheduled when, valid until when: now, and as the message centre thinks.
        bytes((_UDH if header else 0, 0, 0)) + b"\0\0",
        # No receipt, replaces nothing, how it is coded, no canned message.
        bytes((0, 0, coding, 0)),
    ]
    if payload:
        parts += [b"\0", struct.pack(">HH", _PAYLOAD_TAG, len(message)), message]
    else:
        parts += [bytes((len(header) + len(message),)), header, message]
    return b"".join(parts)


def join_header(reference: int, count: int, number: int) -> bytes:
    """The user data header of segment `number` (from 1) of `count`; all of a message have one reference."""
    return _CONCATENATED + bytes((reference & 0xFF, count, number))


def first_text(body: bytes) -> str:
    """A response's first field: the message centre's name, or the message's id."""
    return body.partition(b"\0")[0].decode("latin-1")


def _text(text: str, most: int) -> bytes:
    """A C-octet string of at most `most` characters. Raises `ValueError`."""
    raw = text.encode("ascii")
    if len(raw) > most or b"\0" in raw:
        raise ValueError(f"{text!r} is longer than {most} characters")
    return raw + b"\0"
