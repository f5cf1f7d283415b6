"""What an invocation brings: the payload and the client context, checked as Lambda checks them. Pure."""

from __future__ import annotations

import base64
import binascii
from typing import Final

import msgspec

from chasqui.services.lambda_.invoking import refusals

CLIENT_CONTEXT_MAX: Final = 3583
EMPTY: Final = b"{}"
"""What functions get of callers that say nothing."""

# Nothing is built of the document: it is only read through.
_check = msgspec.json.Decoder(msgspec.Raw).decode


def check_json(payload: bytes) -> bytes:
    """The payload as the function gets it. Raises the API's refusal when it is no JSON."""
    if not payload:
        return EMPTY
    try:
        _check(payload)
        if not payload.isascii():
            payload.decode()
    except RecursionError as error:
        raise refusals.not_json("the document is nested too deeply") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise refusals.not_json(str(error)) from error
    return payload


def client_context(text: str | None) -> str:
    """The JSON in X-Amz-Client-Context, "" for none. Raises the API's refusal."""
    if not text:
        return ""
    if len(text) > CLIENT_CONTEXT_MAX:
        raise refusals.bad_client_context(f"the value is longer than {CLIENT_CONTEXT_MAX} bytes")
    try:
        decoded = base64.b64decode(text, validate=True)
        _check(decoded)
        return decoded.decode()
    except (binascii.Error, ValueError, RecursionError) as error:
        raise refusals.bad_client_context(str(error)) from error
