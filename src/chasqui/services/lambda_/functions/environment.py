"""Environment variables: what AWS accepts of them, and how they are kept: always sealed, under the function's KMS key
where it has one.

Source: developer guide, "Working with Lambda environment variables" (reserved names, 4 KB), "Securing environment
variables"; messages as AWS gives them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from chasqui.base.call import Call
from chasqui.base.errors import ServiceError
from chasqui.crypto.keyring import BY_KMS
from chasqui.crypto.kms.data_keys import Scope
from chasqui.services.lambda_ import errors
from chasqui.services.lambda_.functions.names import function_arn
from chasqui.services.lambda_.means import Means

_BYTES_MAX: Final = 4096
_REUSE_MS: Final = 300_000
_RESERVED: Final = frozenset(
    (
        "_HANDLER", "_X_AMZN_TRACE_ID", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME", "AWS_ACCESS_KEY",
        "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_LAMBDA_RUNTIME_API", "LAMBDA_TASK_ROOT",
        "LAMBDA_RUNTIME_DIR",
    )
)  # fmt: skip
_UNABLE: Final = "Lambda was unable to configure your environment variables because the environment variables you have"

_decode = msgspec.json.Decoder(dict[str, str]).decode


def check(variables: Mapping[str, str]) -> None:
    """Raises InvalidParameterValueException for what may not be set."""
    text = msgspec.json.encode(variables)
    if len(text) > _BYTES_MAX:
        raise errors.invalid_parameter(
            f"{_UNABLE} provided exceeded the 4KB limit. String measured: {text[:_BYTES_MAX].decode(errors='replace')}"
        )
    reserved = [name for name in variables if name in _RESERVED]
    if reserved:
        raise errors.invalid_parameter(
            f"{_UNABLE} provided contains reserved keys that are currently not supported for modification. Reserved"
            f" keys used in this request: {', '.join(reserved)}"
        )


def _scope(owner: str, name: str) -> Scope:
    return Scope(function_arn(owner, name), "aws:lambda:FunctionArn", "lambda", owner, _REUSE_MS)


async def seal(means: Means, call: Call, owner: str, name: str, variables: Mapping[str, str], kms_key: str) -> bytes:
    """Variables as they are stored. Raises InvalidParameterValueException when the key cannot be used."""
    text = msgspec.json.encode(variables)
    if not kms_key:
        return means.ring.seal(text)
    try:
        return (await means.data_keys.seal_all(call, _scope(owner, name), kms_key, [text]))[0]
    except ServiceError as error:
        if (error.status or 400) >= 500:
            raise
        raise errors.invalid_parameter(
            "Lambda was unable to configure access to your environment variables because the KMS key is invalid for"
            f" CreateGrant. Please check your KMS key settings. KMS Exception: {kms_name(error)} KMS Message:"
            f" {error.message}"
        ) from error


def kms_name(error: ServiceError) -> str:
    """What KMS' clients call an error."""
    return error.code if error.code.endswith("Exception") else f"{error.code}Exception"


async def opened(means: Means, owner: str, name: str, sealed: bytes | None, call: Call | None = None) -> dict[str, str]:
    """What was sealed; `call` is whose leave to use the key is asked, None for the server itself. Raises KMS'
    errors."""
    if sealed is None:
        return {}
    if sealed[0] == BY_KMS:
        return _decode(await means.data_keys.open(_scope(owner, name), sealed, call))
    return _decode(means.ring.open(sealed))
