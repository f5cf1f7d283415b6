"""What CreateFunction and UpdateFunctionConfiguration say of a function: checked, and put into a version's document.

Source: API reference, CreateFunction; developer guide, "Lambda quotas"; messages as AWS gives them. What this server
cannot keep its word on (VPCs, file systems, SnapStart, signed code, tenants, managed instances, durable functions) is
refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from chasqui.base.arn import parse_arn
from chasqui.base.call import Call
from chasqui.base.errors import ServiceError
from chasqui.services.lambda_ import errors
from chasqui.services.lambda_.functions import environment, layer_uses
from chasqui.services.lambda_.functions.documents import VersionDocument
from chasqui.services.lambda_.functions.names import FunctionName
from chasqui.services.lambda_.room import Room
from chasqui.services.lambda_.types import (
    CreateFunctionRequest,
    ImageConfig,
    LoggingConfig,
    UpdateFunctionConfigurationRequest,
    VpcConfig,
)
from chasqui.wire.model import load_service

Request = CreateFunctionRequest | UpdateFunctionConfigurationRequest

TIMEOUT_MAX_S: Final = 900
MEMORY_MAX_MB: Final = 10_240
EPHEMERAL_MAX_MB: Final = 10_240

_REFUSED: Final = (
    "CodeSigningConfigArn", "FileSystemConfigs", "TenancyConfig", "CapacityProviderConfig", "DurableConfig",
    "RuntimeConfig", "AcceleratorConfig", "PublishTo",
)  # fmt: skip
_PLAIN: Final = (
    ("Role", "role"), ("Handler", "handler"), ("Description", "description"), ("Runtime", "runtime"),
    ("Timeout", "timeout_s"), ("MemorySize", "memory_mb"),
)  # fmt: skip


def check_runtime(runtime: str | None) -> None:
    """Before the model's constraints are looked at: AWS tells this one in other words. Raises
    InvalidParameterValueException."""
    known = load_service("lambda").shape("Runtime").enum
    if runtime is not None and runtime not in known:
        raise errors.invalid_parameter(
            f"Value {runtime} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set:"
            f" [{', '.join(known)}] or be a valid ARN"
        )


def check_runs(room: Room, runtime: str) -> None:
    """Whether this machine runs it. Raises InvalidParameterValueException."""
    reason = room.runner.supports(runtime)
    if reason is not None:
        raise errors.invalid_parameter(reason)


def refuse_unsupported(request: object) -> None:
    """Raises InvalidParameterValueException for what this server does not do."""
    for member in _REFUSED:
        if getattr(request, member, None):
            raise errors.not_implemented(member)
    snap_start = getattr(request, "SnapStart", None)
    if snap_start is not None and snap_start.ApplyOn not in (None, "None"):
        raise errors.not_implemented("SnapStart")


def check_limits(request: Request) -> None:
    """The quotas of functions that the model does not have. Raises ValidationException and
    InvalidParameterValueException."""
    if request.Timeout is not None and request.Timeout > TIMEOUT_MAX_S:
        raise errors.broken(request.Timeout, "timeout", f"Member must have value less than or equal to {TIMEOUT_MAX_S}")
    if request.MemorySize is not None and request.MemorySize > MEMORY_MAX_MB:
        raise errors.invalid_parameter(
            "'MemorySize' value failed to satisfy constraint: Member must have value less than or equal to"
            f" {MEMORY_MAX_MB}"
        )
    storage = request.EphemeralStorage
    if storage is not None and (storage.Size or 0) > EPHEMERAL_MAX_MB:
        raise errors.broken(
            storage.Size, "ephemeralStorage.size", f"Member must have value less than or equal to {EPHEMERAL_MAX_MB}"
        )


async def check_role(room: Room, role: str) -> None:
    """Whether Lambda may assume it, where roles are looked at. Raises InvalidParameterValueException."""
    try:
        await room.role_keys(role, "chasqui")
    except ServiceError as error:
        if (error.status or 400) >= 500:
            raise
        raise errors.invalid_parameter("The role defined for the function cannot be assumed by Lambda.") from error


async def configured(
    room: Room, call: Call, named: FunctionName, request: Request, old: VersionDocument
) -> VersionDocument:
    """A version's document with what a request says; what it does not mention stays. Raises
    InvalidParameterValueException."""
    given: dict[str, Any] = {
        field: getattr(request, member) for member, field in _PLAIN if getattr(request, member) is not None
    }
    if request.EphemeralStorage is not None:
        given["ephemeral_mb"] = request.EphemeralStorage.Size
    if request.DeadLetterConfig is not None:
        given["dead_letter"] = _dead_letter(request.DeadLetterConfig.TargetArn or "")
    if request.TracingConfig is not None and request.TracingConfig.Mode:
        given["tracing"] = request.TracingConfig.Mode
    if request.VpcConfig is not None:
        given["vpc"] = _vpc(request.VpcConfig)
    if request.ImageConfig is not None:
        given["image_config"] = _image_config(request.ImageConfig)
    if request.Layers is not None:
        given["layers"] = await layer_uses.resolve(room, call, request.Layers)
    given["logging"] = _logging(request.LoggingConfig, old.logging, named.name)
    given |= await _environment(room, call, named, request, old)
    return msgspec.structs.replace(old, **given)


def _dead_letter(arn_text: str) -> str:
    """DeadLetterConfig's target; "" takes it away."""
    arn = parse_arn(arn_text)
    if arn_text and (arn is None or arn.service not in ("sqs", "sns")):
        raise errors.invalid_parameter(
            f"The provided dead letter target {arn_text} is no queue of SQS and no topic of SNS"
        )
    if arn_text.endswith(".fifo"):
        raise errors.invalid_parameter("FIFO queues and topics are not supported as dead letter targets")
    return arn_text


def _vpc(config: VpcConfig) -> dict[str, Any]:
    """There are no networks here; a configuration that names none is what takes a function out of its network."""
    if config.SubnetIds or config.SecurityGroupIds:
        raise errors.not_implemented("VpcConfig with subnets or security groups")
    return {"Ipv6AllowedForDualStack": bool(config.Ipv6AllowedForDualStack)}


def _image_config(config: ImageConfig) -> dict[str, Any]:
    given: Mapping[str, Any] = msgspec.to_builtins(config)
    return dict(given)


def _logging(config: LoggingConfig | None, old: Mapping[str, str], name: str) -> dict[str, str]:
    """The logging configuration with its defaults; levels are for JSON alone."""
    merged = {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{name}", **old}
    given: dict[str, str] = msgspec.to_builtins(config) if config is not None else {}
    levels = ("ApplicationLogLevel", "SystemLogLevel")
    merged |= given
    if merged["LogFormat"] == "JSON":
        return {**dict.fromkeys(levels, "INFO"), **merged}
    if any(level in given for level in levels):
        raise errors.invalid_parameter(
            "To configure ApplicationLogLevel or SystemLogLevel, LogFormat must be set to JSON"
        )
    return {key: value for key, value in merged.items() if key not in levels}


async def _environment(
    room: Room, call: Call, named: FunctionName, request: Request, old: VersionDocument
) -> dict[str, Any]:
    """Variables, sealed under the key that there is from now on. The same ones under the same key stay as they are, for
    then nothing has changed that could be published."""
    key = old.kms_key if request.KMSKeyArn is None else request.KMSKeyArn
    if request.Environment is None and key == old.kms_key:
        return {}
    before = await environment.opened(room, named.owner, named.name, old.environment)
    variables = before if request.Environment is None else request.Environment.Variables or {}
    environment.check(variables)
    if variables == before and key == old.kms_key:
        return {}
    if not variables:
        return {"environment": None, "kms_key": key}
    sealed = await environment.seal(room, call, named.owner, named.name, variables, key)
    return {"environment": sealed, "kms_key": key}
