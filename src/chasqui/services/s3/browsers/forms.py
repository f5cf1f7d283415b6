"""Forms that browsers post to a bucket: an object out of a form's fields and its file.

Source: S3 API reference, "POST Object" (RESTObjectPOST), "Browser-based uploads using POST".
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, unquote, urlencode, urlsplit

from chasqui.base.call import Call
from chasqui.base.errors import ServiceError
from chasqui.base.fronts import Posted, Reply, Visit
from chasqui.services.s3.browsers.addressing import bucket_and_key

if TYPE_CHECKING:
    from chasqui.services.s3.browsers.forms_policy import Policy
    from chasqui.services.s3.room import Room
    from chasqui.services.s3.types import PutObjectRequest

_ELSEWHERE: Final = (b".lambda-url.", b".execute-api.")
_HARMLESS: Final = ((b"content-security-policy", b"sandbox"), (b"x-content-type-options", b"nosniff"))
_META: Final = "x-amz-meta-"
_TOKEN: Final = "x-amz-security-token"

# Fields of forms, and what PutObject calls them. What is not here and begins with x-amz- is refused.
_MEMBERS: Final = {
    "acl": "ACL",
    "cache-control": "CacheControl",
    "content-disposition": "ContentDisposition",
    "content-encoding": "ContentEncoding",
    "content-language": "ContentLanguage",
    "content-type": "ContentType",
    "expires": "Expires",
    "x-amz-storage-class": "StorageClass",
    "x-amz-website-redirect-location": "WebsiteRedirectLocation",
    "x-amz-server-side-encryption": "ServerSideEncryption",
    "x-amz-server-side-encryption-aws-kms-key-id": "SSEKMSKeyId",
    "x-amz-server-side-encryption-context": "SSEKMSEncryptionContext",
    "x-amz-server-side-encryption-customer-algorithm": "SSECustomerAlgorithm",
    "x-amz-checksum-algorithm": "ChecksumAlgorithm",
    "x-amz-checksum-crc32": "ChecksumCRC32",
    "x-amz-checksum-crc32c": "ChecksumCRC32C",
    "x-amz-checksum-crc64nvme": "ChecksumCRC64NVME",
    "x-amz-checksum-sha1": "ChecksumSHA1",
    "x-amz-checksum-sha256": "ChecksumSHA256",
}


def takes_form(method: str, host: bytes, path: str, table: Mapping[bytes, bytes]) -> bool:
    """Whether this is a form for a bucket."""
    if method != "POST" or not table.get(b"content-type", b"").lower().startswith(b"multipart/form-data"):
        return False
    if any(each in host for each in _ELSEWHERE):
        return False
    bucket, key = bucket_and_key(host.decode("latin-1"), path)
    return bool(bucket) and not key and not bucket.startswith("_")


async def answer_form(room: Room, visit: Visit) -> Reply:
    """Make an object of a form. Raises what refuses it."""
    # What only forms need comes with the first one.
    from chasqui.services.s3.browsers.forms_policy import check_policy, read_policy  # noqa: PLC0415
    from chasqui.services.s3.browsers.forms_reading import FormReader, boundary_of  # noqa: PLC0415

    boundary = boundary_of(visit.header(b"content-type") or "")
    whole = visit.body.whole
    form = FormReader(aiter(visit.body) if whole is None else _one(whole), boundary)
    fields = await form.fields()
    bucket_name = unquote(bucket_and_key(visit.host, visit.path)[0])
    key = fields.get("key")
    if not key:
        raise _missing("key")
    key = fields["key"] = key.replace("${filename}", form.filename.replace("\\", "/").rpartition("/")[2])
    policy: Policy | None = None
    if "policy" in fields:
        call = await visit.identify_posted(_posted(fields))
        policy = read_policy(fields["policy"])
        check_policy(policy, {**fields, "bucket": bucket_name}, room.clock.now_ms())
    else:
        call = await visit.identify("s3")
    if not form.has_file:
        raise _argument("POST requires exactly one file upload per request.", "file", "0")
    sizes = policy.sizes if policy is not None else None
    return await _put(room, call, bucket_name, key, fields, _File(form.file(), sizes))


def _posted(fields: Mapping[str, str]) -> Posted:
    """The fields that sign a form. Raises InvalidArgument where one is missing."""
    if "awsaccesskeyid" in fields and "signature" in fields:
        key, signature = fields["awsaccesskeyid"], fields["signature"]
        return Posted("HMAC-SHA1", key, "", signature, fields["policy"], fields.get(_TOKEN, ""))
    for name in ("x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-signature"):
        if name not in fields:
            raise _missing("-".join(part.capitalize() for part in name.split("-")))
    return Posted(
        fields["x-amz-algorithm"],
        fields["x-amz-credential"],
        fields["x-amz-date"],
        fields["x-amz-signature"],
        fields["policy"],
        fields.get(_TOKEN, ""),
    )


async def _put(room: Room, call: Call, bucket_name: str, key: str, fields: dict[str, str], file: _File) -> Reply:
    from chasqui.services.s3.content.checksums import promised_of  # noqa: PLC0415  when it is called
    from chasqui.services.s3.content.intake import drop, take  # noqa: PLC0415
    from chasqui.services.s3.content.sealing import new_seal  # noqa: PLC0415
    from chasqui.services.s3.objects.actions import writing_also, writing_keys  # noqa: PLC0415
    from chasqui.services.s3.objects.checks import check_key, refuse_unknown  # noqa: PLC0415
    from chasqui.services.s3.objects.permits import demand  # noqa: PLC0415
    from chasqui.services.s3.objects.put import drafted, put_taken  # noqa: PLC0415

    check_key(key)
    request = _request(bucket_name, key, fields)
    await demand(room, call, "s3:PutObject", f"arn:aws:s3:::{bucket_name}/{key}", writing_keys(call, request))
    for check in writing_also(call, request):
        await demand(room, call, check.action, check.resource, check.context)
    bucket = await room.buckets.find(bucket_name)
    refuse_unknown(request)
    promised = promised_of(request)
    document = drafted(call, bucket, request, room.clock.now_ms())
    taken = await take(room, file, promised, await new_seal(room, call, bucket, key, request))
    try:
        file.check_size(taken.size)
    except ServiceError:
        drop(room, taken)
        raise
    written = await put_taken(room, call, bucket, key, document, taken, event="ObjectCreated:Post")
    return _answered(call, bucket_name, key, taken.md5, written.version_id, fields)


def _request(bucket: str, key: str, fields: Mapping[str, str]) -> PutObjectRequest:
    """The form as PutObject's input. Raises NotImplemented for fields that mean something and are not known."""
    from chasqui.services.s3.errors import not_implemented  # noqa: PLC0415  when it is called
    from chasqui.services.s3.types import PutObjectRequest  # noqa: PLC0415

    request = PutObjectRequest(Bucket=bucket, Key=key)
    for name, member in _MEMBERS.items():
        if name in fields:
            setattr(request, member, fields[name])
    # In forms it names the checksum that comes with it, as x-amz-sdk-checksum-algorithm does in requests.
    known = {*_MEMBERS, _TOKEN, "x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-signature"}
    for name in fields:
        if name.startswith("x-amz-") and name not in known and not name.startswith(_META):
            raise not_implemented(name)
    metadata = {name.removeprefix(_META): value for name, value in fields.items() if name.startswith(_META)}
    request.Metadata = metadata or None
    if "tagging" in fields:
        request.Tagging = _tagging(fields["tagging"])
    return request


def _tagging(text: str) -> str:
    """A Tagging element as x-amz-tagging has it. Raises MalformedXML."""
    from chasqui.wire.xml import XmlError, parse  # noqa: PLC0415  when it is called

    try:
        pairs = [
            (tag.named("Key")[0].text, tag.named("Value")[0].text)
            for tags in parse(text.encode()).named("TagSet")
            for tag in tags.named("Tag")
        ]
    except (XmlError, IndexError):
        raise ServiceError(
            "MalformedXML",
            "The XML you provided was not well-formed or did not validate against our published schema",
            status=400,
        ) from None
    return urlencode(pairs)


def _answered(call: Call, bucket: str, key: str, md5: str, version_id: str | None, fields: Mapping[str, str]) -> Reply:
    etag = f'"{md5}"'
    location = f"{call.base_url}/{bucket}/{quote(key)}"
    headers = [*_HARMLESS, (b"etag", etag.encode())]
    if version_id is not None:
        headers.append((b"x-amz-version-id", version_id.encode()))
    redirect = fields.get("success_action_redirect") or fields.get("redirect")
    if redirect and urlsplit(redirect).scheme in ("http", "https"):
        told = urlencode({"bucket": bucket, "key": key, "etag": etag})
        target = f"{redirect}{'&' if '?' in redirect else '?'}{told}"
        headers.append((b"location", quote(target, safe=":/?#[]@!$&'()*+,;=%~").encode()))
        return Reply(303, tuple(headers))
    headers.append((b"location", location.encode()))
    status = fields.get("success_action_status")
    if status == "201":
        return _created(headers, location, bucket, key, etag)
    return Reply(200 if status == "200" else 204, tuple(headers))


def _created(headers: list[tuple[bytes, bytes]], location: str, bucket: str, key: str, etag: str) -> Reply:
    from chasqui.wire.xml import escape  # noqa: PLC0415  when it is called

    members = {"Location": location, "Bucket": bucket, "Key": key, "ETag": etag}
    inner = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in members.items())
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<PostResponse>{inner}</PostResponse>'
    return Reply(201, (*headers, (b"content-type", b"application/xml")), body.encode())


class _File:
    """A form's file as an `Incoming`. Its size shows at its end."""

    whole: bytes | None = None
    length: int | None = None

    def __init__(self, pieces: AsyncIterator[bytes], sizes: tuple[int, int] | None) -> None:
        self.trailers: dict[str, str] = {}
        self._pieces = pieces
        self._sizes = sizes

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        async for piece in self._pieces:
            size += len(piece)
            if self._sizes is not None and size > self._sizes[1]:
                self.check_size(size)
            yield piece

    def check_size(self, size: int) -> None:
        """Whether the policy lets in a file of this size. Raises EntityTooLarge and EntityTooSmall."""
        if self._sizes is None:
            return
        least, most = self._sizes
        if size > most:
            raise ServiceError(
                "EntityTooLarge",
                "Your proposed upload exceeds the maximum allowed size",
                status=400,
                fields={"ProposedSize": size, "MaxSizeAllowed": most},
            )
        if size < least:
            raise ServiceError(
                "EntityTooSmall",
                "Your proposed upload is smaller than the minimum allowed size",
                status=400,
                fields={"ProposedSize": size, "MinSizeAllowed": least},
            )


async def _one(whole: bytes) -> AsyncIterator[bytes]:
    yield whole


def _missing(name: str) -> ServiceError:
    return _argument(
        f"Bucket POST must contain a field named '{name}'.  If it is specified, please check the order of the fields.",
        name,
        "",
    )


def _argument(message: str, name: str, value: str) -> ServiceError:
    from chasqui.services.s3.errors import invalid_argument  # noqa: PLC0415  when it is called

    return invalid_argument(message, name, value)
