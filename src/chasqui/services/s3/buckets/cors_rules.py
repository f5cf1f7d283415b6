"""A bucket's CORS configuration. Source: API reference, PutBucketCors, GetBucketCors, DeleteBucketCors."""

from __future__ import annotations

from typing import Final

from chasqui.base.call import Call
from chasqui.services.s3 import errors, types
from chasqui.services.s3.browsers.cors import METHODS
from chasqui.services.s3.buckets.bucket import BucketDocument
from chasqui.services.s3.buckets.changing import configure
from chasqui.services.s3.room import Room

_RULES_MAX: Final = 100
_ID_LENGTH_MAX: Final = 255


async def get_bucket_cors(room: Room, _call: Call, request: types.GetBucketCorsRequest) -> types.GetBucketCorsOutput:
    bucket = await room.buckets.find(request.Bucket, request.ExpectedBucketOwner)
    if not bucket.document.cors:
        raise errors.not_configured("NoSuchCORSConfiguration", "The CORS configuration does not exist", bucket.name)
    return types.GetBucketCorsOutput(bucket.document.cors)


async def put_bucket_cors(room: Room, _call: Call, request: types.PutBucketCorsRequest) -> None:
    configuration = request.CORSConfiguration
    rules = configuration.CORSRules if configuration is not None else None
    if not rules or len(rules) > _RULES_MAX:
        raise errors.malformed_xml()
    for rule in rules:
        check_rule(rule)

    def alter(document: BucketDocument) -> None:
        document.cors = rules

    await configure(room, request.Bucket, request.ExpectedBucketOwner, alter)


def check_rule(rule: types.CORSRule) -> None:
    """Raises MalformedXML and InvalidRequest."""
    if not rule.AllowedMethods or not rule.AllowedOrigins or len(rule.ID or "") > _ID_LENGTH_MAX:
        raise errors.malformed_xml()
    for method in rule.AllowedMethods:
        if method not in METHODS:
            raise errors.invalid_request(
                f"Found unsupported HTTP method in CORS config. Unsupported method is {method}"
            )
    for name, values in (("AllowedOrigin", rule.AllowedOrigins), ("AllowedHeader", rule.AllowedHeaders or ())):
        for value in values:
            if value.count("*") > 1:
                raise errors.invalid_request(f'{name} "{value}" can not have more than one wildcard.')
    for value in rule.ExposeHeaders or ():
        if "*" in value:
            raise errors.invalid_request(
                f'ExposeHeader "{value}" contains wildcard. We currently do not support wildcard for ExposeHeader.'
            )


async def delete_bucket_cors(room: Room, _call: Call, request: types.DeleteBucketCorsRequest) -> None:
    def alter(document: BucketDocument) -> None:
        document.cors = []

    await configure(room, request.Bucket, request.ExpectedBucketOwner, alter)
