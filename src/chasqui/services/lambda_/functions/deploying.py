"""What a runner is given of a version: its document as a `Deployment`. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, cast

from chasqui.services.lambda_.documents import LATEST
from chasqui.services.lambda_.functions.documents import VersionDocument
from chasqui.services.lambda_.functions.names import function_arn
from chasqui.services.lambda_.running.contract import Deployment


def deployment(
    owner: str, name: str, version: str, document: VersionDocument, variables: Mapping[str, str]
) -> Deployment:
    """Everything that running a version takes."""
    account, _, region = owner.partition("/")
    logging = document.logging
    return Deployment(
        id=document.build,
        account=account,
        region=region,
        name=name,
        version=version,
        arn=function_arn(owner, name, "" if version == LATEST else version),
        runtime=document.runtime if document.package_type == "Zip" else "image",
        handler=document.handler,
        role=document.role,
        memory_mb=document.memory_mb,
        timeout_ms=document.timeout_s * 1000,
        ephemeral_mb=document.ephemeral_mb,
        environment=variables,
        code=document.code,
        layers=tuple(layer.code for layer in document.layers),
        image=document.image or None,
        image_config=document.image_config or {},
        log_group=logging.get("LogGroup") or f"/aws/lambda/{name}",
        log_format=cast(Literal["Text", "JSON"], logging.get("LogFormat", "Text")),
        application_log_level=logging.get("ApplicationLogLevel", "INFO"),
        system_log_level=logging.get("SystemLogLevel", "INFO"),
        architecture=document.architecture,
    )
