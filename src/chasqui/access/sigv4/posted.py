"""Signatures of forms that browsers post to S3: over the form's policy, in its own fields.

Pure; the time comes in. Source: S3 API reference, "Authenticating requests in browser-based uploads using POST"
(sigv4-UsingHTTPPOST). The policy says until when it holds, so the signature's date only names the key's day. Forms, and
nothing else, may be signed with Signature Version 2 as well: it is what boto3 makes of them for us-east-1 unless it is
told otherwise, and HMAC-SHA1 is not broken.
"""

from __future__ import annotations

import base64
import hmac
from typing import Final

import msgspec

from chasqui.access.sigv4 import refusals
from chasqui.access.sigv4.check import signing_keys
from chasqui.access.sigv4.read import ALGORITHM, TERMINATOR, is_region
from chasqui.base.fronts import Posted

VERSION_2: Final = "HMAC-SHA1"


class PostedClaims(msgspec.Struct, frozen=True):
    """A form's credential, taken apart."""

    access_key: str
    date: str
    region: str


def read_posted(posted: Posted) -> PostedClaims:
    """The claims of a form. Raises `SignatureRefused` for what can't be one of SigV4's."""
    if posted.algorithm == VERSION_2:
        return PostedClaims(posted.credential, "", "")
    if posted.algorithm != ALGORITHM:
        raise refusals.other_algorithm("s3", posted.algorithm, presigned=False)
    parts = posted.credential.split("/")
    if len(parts) != 5 or not parts[0]:
        raise refusals.bad_credential("s3", posted.credential, presigned=False)
    access_key, date, region, service, terminator = parts
    if len(posted.date) != 16 or not posted.date[:8].isdecimal():
        raise refusals.bad_date("s3", posted.date, presigned=False)
    fault = ""
    if date != posted.date[:8]:
        fault = "Invalid credential date. Date is not the same as X-Amz-Date."
    elif not is_region(region):
        fault = f"the region '{region}' is wrong; expecting 'us-east-1'"
    elif service != "s3":
        fault = f'incorrect service "{service}". This endpoint belongs to "s3".'
    elif terminator != TERMINATOR:
        fault = f'incorrect terminal "{terminator}". This endpoint uses "{TERMINATOR}".'
    if fault:
        raise refusals.bad_scope("s3", [fault], False)
    return PostedClaims(access_key, date, region)


def check_posted(posted: Posted, claims: PostedClaims, secret: str, now_ms: int) -> None:
    """Whether `secret` signed the form's policy. Raises `SignatureRefused`."""
    if posted.algorithm == VERSION_2:
        signature = base64.b64encode(hmac.digest(secret.encode(), posted.policy.encode(), "sha1"))
    else:
        signer = signing_keys.of(secret, claims.date, claims.region, "s3", now_ms).copy()
        signer.update(posted.policy.encode())
        signature = signer.finalize().hex().encode()
    if not hmac.compare_digest(signature, posted.signature.encode()):
        raise refusals.no_match(
            "s3", claims.access_key, posted.signature, b"", posted.policy.encode(), session=posted.token != ""
        )
