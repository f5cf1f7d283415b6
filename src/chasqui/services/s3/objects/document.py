"""What is kept of an object, or of one version of it: a JSON array, since there are many."""

from __future__ import annotations

import msgspec


class Piece(msgspec.Struct, array_like=True, frozen=True):
    """A stored blob and how many bytes of the object it holds (its ciphertext is larger). An object of a single request
    has one, or none when it is empty; one made of parts has theirs, in order, as they were uploaded."""

    blob: str
    size: int


class Sealing(msgspec.Struct, array_like=True, frozen=True):
    """How an object is encrypted: "AES256" (under the server's ring) or "aws:kms" (under a KMS key, by its ARN). `key`
    is the object's secret, sealed that way, of which its pieces' keys are derived (`content/sealing.py`)."""

    algorithm: str = "AES256"
    kms_key: str | None = None
    bucket_key: bool = False
    context: str | None = None
    """The encryption context that was given, as base64 of JSON."""
    key: bytes = b""


class Part(msgspec.Struct, array_like=True, frozen=True):
    """What a completed multipart upload tells of one of its parts: `checksum` is base64, in the object's algorithm."""

    number: int
    size: int
    checksum: str | None = None


class ObjectDocument(msgspec.Struct, array_like=True):
    """An object's version, or a delete marker.

    `etag` is without quotes. `version_id` is "null" for what was put while versioning was not enabled. `order` rises
    with each version of a key: it sorts versions and is the sequencer of events. `headers` are those that the client
    gave and gets back, by lower-case name (content-type, cache-control, …), `metadata` the x-amz-meta- ones.
    `checksums` are base64 by algorithm ("CRC32", "SHA256", …), `checksum_type` FULL_OBJECT or COMPOSITE. `upload` is
    the id of the multipart upload that made it.
    """

    order: int
    version_id: str
    modified_ms: int
    marker: bool = False
    size: int = 0
    etag: str = ""
    pieces: list[Piece] = []
    sealing: Sealing = Sealing()
    headers: dict[str, str] = {}
    metadata: dict[str, str] = {}
    checksums: dict[str, str] = {}
    checksum_type: str = "FULL_OBJECT"
    parts: list[Part] = []
    tags: dict[str, str] = {}
    storage_class: str = "STANDARD"
    owner: str = ""
    acl: str = "private"
    upload: str = ""
    packed: bytes = b""
    """Pieces and parts of an object of many, instead of the two lists (`packing.py`)."""


encode_object = msgspec.json.Encoder().encode
decode_object = msgspec.json.Decoder(ObjectDocument).decode
