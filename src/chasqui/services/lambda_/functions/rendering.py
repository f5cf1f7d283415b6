"""Versions as the API shows them."""

from __future__ import annotations

import time
from typing import Any

import msgspec

from chasqui.base.call import Call
from chasqui.base.errors import ServiceError
from chasqui.services.lambda_.functions import environment
from chasqui.services.lambda_.functions.documents import VersionDocument
from chasqui.services.lambda_.functions.names import function_arn
from chasqui.services.lambda_.room import Room
from chasqui.services.lambda_.types import (
    DeadLetterConfig,
    EnvironmentError,
    EnvironmentResponse,
    EphemeralStorage,
    FunctionConfiguration,
    ImageConfig,
    ImageConfigResponse,
    Layer,
    LoggingConfig,
    SnapStartResponse,
    TracingConfigResponse,
    VpcConfigResponse,
)


def lambda_time(at_ms: int) -> str:
    """A time as Lambda writes it: "2026-11-22T10:00:00.000+0000"."""
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(at_ms // 1000))}.{at_ms % 1000:03d}+0000"


async def configuration(
    room: Room, call: Call, owner: str, name: str, version: str, document: VersionDocument, *, qualifier: str = ""
) -> FunctionConfiguration:
    """A version under the qualifier by which it was asked for."""
    shown = _outline(owner, name, version, document, qualifier)
    shown.Environment = await _environment(room, call, owner, name, document)
    shown.State = document.state
    shown.StateReason = document.state_reason or None
    shown.LastUpdateStatus = "Successful"
    return shown


async def listed(
    room: Room, call: Call, owner: str, name: str, version: str, document: VersionDocument, *, qualifier: str = ""
) -> FunctionConfiguration:
    """The same in a listing, which does not tell states."""
    shown = _outline(owner, name, version, document, qualifier)
    shown.Environment = await _environment(room, call, owner, name, document)
    return shown


def _outline(owner: str, name: str, version: str, document: VersionDocument, qualifier: str) -> FunctionConfiguration:
    image = document.package_type == "Image"
    return FunctionConfiguration(
        FunctionName=name,
        FunctionArn=function_arn(owner, name, qualifier),
        Runtime=document.runtime or None,
        Role=document.role,
        Handler=document.handler or None,
        CodeSize=document.code.size if document.code is not None else 0,
        Description=document.description,
        Timeout=document.timeout_s,
        MemorySize=document.memory_mb,
        LastModified=lambda_time(document.modified_ms),
        CodeSha256=code_sha256(document),
        Version=version,
        VpcConfig=_vpc(document.vpc),
        DeadLetterConfig=DeadLetterConfig(TargetArn=document.dead_letter) if document.dead_letter else None,
        KMSKeyArn=document.kms_key or None,
        TracingConfig=TracingConfigResponse(Mode=document.tracing),
        RevisionId=document.revision,
        Layers=[Layer(Arn=each.arn, CodeSize=each.code.size) for each in document.layers] or None,
        PackageType=document.package_type,
        ImageConfigResponse=_image_config(document.image_config) if image else None,
        Architectures=[document.architecture],
        EphemeralStorage=EphemeralStorage(Size=document.ephemeral_mb),
        SnapStart=SnapStartResponse(ApplyOn=document.snap_start, OptimizationStatus="Off"),
        LoggingConfig=msgspec.convert(document.logging, LoggingConfig) if document.logging else None,
    )


def code_sha256(document: VersionDocument) -> str:
    """CodeSha256: the package's, or an image's name in its place."""
    if document.code is not None:
        return document.code.sha256
    return document.image.rpartition("@sha256:")[2] if "@sha256:" in document.image else ""


def _vpc(config: dict[str, Any] | None) -> VpcConfigResponse | None:
    if config is None:
        return None
    return VpcConfigResponse(SubnetIds=[], SecurityGroupIds=[], VpcId="", Ipv6AllowedForDualStack=False)


def _image_config(config: dict[str, Any] | None) -> ImageConfigResponse | None:
    return ImageConfigResponse(ImageConfig=msgspec.convert(config, ImageConfig)) if config else None


async def _environment(
    room: Room, call: Call, owner: str, name: str, document: VersionDocument
) -> EnvironmentResponse | None:
    """The variables, if the caller may use their key."""
    if document.environment is None:
        return None
    try:
        return EnvironmentResponse(Variables=await environment.opened(room, owner, name, document.environment, call))
    except ServiceError as error:
        if (error.status or 400) >= 500:
            raise
        code = environment.kms_name(error)
        message = (
            "Lambda was unable to decrypt your environment variables because the KMS access was denied. Please check"
            f" your KMS permissions. KMS Exception: {code} KMS Message: {error.message}"
        )
        return EnvironmentResponse(Error=EnvironmentError(ErrorCode=code, Message=message))
