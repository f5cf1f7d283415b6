"""Functions, versions, aliases and layers as resources: the documents that are stored.

See `services/lambda_/documents.py` for the names they are found by. A version's parent is its function's ARN, an
alias' too. Times are milliseconds since the epoch.
"""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from chasqui.services.lambda_.documents import (
    ALIAS,
    FUNCTION,
    FUNCTION_URL,
    FUNCTION_VERSION,
    LAYER,
    LAYER_VERSION,
    PROVISIONED,
    USAGE,
)
from chasqui.services.lambda_.functions.names import function_arn, layer_arn
from chasqui.services.lambda_.running.contract import Package
from chasqui.store.port import Resource


class PolicyDocument(msgspec.Struct):
    """A resource policy: its statements as IAM has them, and what a change must name to be sure of what it changes."""

    statements: list[dict[str, Any]]
    revision: str


class UrlDocument(msgspec.Struct):
    """A function's URL. `cors` is as the API has it."""

    id: str
    auth: str
    created_ms: int
    modified_ms: int
    invoke_mode: str = "BUFFERED"
    cors: dict[str, Any] | None = None


class EventInvokeDocument(msgspec.Struct):
    """What PutFunctionEventInvokeConfig says of a qualifier; None is the default."""

    modified_ms: int
    retries_max: int | None = None
    age_max_s: int | None = None
    on_success: str = ""
    on_failure: str = ""


class RuntimeManagement(msgspec.Struct):
    """What PutRuntimeManagementConfig says of a version."""

    update: str
    runtime_version: str = ""


class FunctionDocument(msgspec.Struct):
    """A function: what is common to its versions. Policies, URLs and event-invoke configurations stand by qualifier, ""
    for none. `published` is the last version's number, `queue` the store's queue of asynchronous events, 0 for none
    yet."""

    created_ms: int
    tags: dict[str, str] = {}
    published: int = 0
    reserved: int | None = None
    policies: dict[str, PolicyDocument] = {}
    urls: dict[str, UrlDocument] = {}
    event_invokes: dict[str, EventInvokeDocument] = {}
    runtime_management: dict[str, RuntimeManagement] = {}
    recursive_loop: str = "Terminate"
    queue: int = 0


class LayerUse(msgspec.Struct, frozen=True):
    """A layer's version as a function's version has it: its package stays for as long as the function's version does,
    also when the layer's version is deleted."""

    arn: str
    code: Package
    unzipped: int


class VersionDocument(msgspec.Struct, kw_only=True):
    """A version, $LATEST included: everything that GetFunctionConfiguration tells and a runner needs.

    `build` changes with all that running it depends on, `revision` with whatever callers may have seen.
    `environment` is sealed JSON: by the ring, or under `kms_key` where there is one. None: no variables were given.
    """

    build: str
    revision: str
    modified_ms: int
    role: str
    package_type: str = "Zip"
    runtime: str = ""
    handler: str = ""
    description: str = ""
    timeout_s: int = 3
    memory_mb: int = 128
    ephemeral_mb: int = 512
    architecture: str = "x86_64"
    environment: bytes | None = None
    kms_key: str = ""
    code: Package | None = None
    unzipped: int = 0
    image: str = ""
    image_config: dict[str, Any] | None = None
    layers: list[LayerUse] = []
    dead_letter: str | None = None
    tracing: str = "PassThrough"
    snap_start: str = "None"
    vpc: dict[str, Any] | None = None
    logging: dict[str, str] = {}
    state: str = "Active"
    state_reason: str = ""


class AliasDocument(msgspec.Struct):
    """An alias. `weights` are those of further versions; the rest goes to `version`."""

    version: str
    revision: str
    description: str = ""
    weights: dict[str, float] = {}


class ProvisionedDocument(msgspec.Struct):
    """Provisioned concurrency of an alias or a version."""

    requested: int
    modified_ms: int


class FunctionUrlDocument(msgspec.Struct, frozen=True):
    """Whose the URL of an id is. Its owner is "", for it is found by the id alone."""

    owner: str
    name: str
    qualifier: str


class LayerDocument(msgspec.Struct):
    """A layer: the number of its last version, which is never used again."""

    published: int = 0


class LayerVersionDocument(msgspec.Struct, kw_only=True):
    """A version of a layer."""

    code: Package
    unzipped: int
    created_ms: int
    description: str = ""
    license: str = ""
    runtimes: list[str] | None = None
    architectures: list[str] | None = None
    policy: PolicyDocument | None = None


class UsageDocument(msgspec.Struct):
    """What an account has in a region: code of versions and layers, in bytes, functions, reserved concurrency."""

    code_bytes: int = 0
    functions: int = 0
    reserved: int = 0


Document = TypeVar("Document", bound=msgspec.Struct)

_encode = msgspec.json.Encoder().encode


def read(type_: type[Document], resource: Resource) -> Document:
    """A resource's document."""
    return msgspec.json.decode(resource.document, type=type_)


def changed(resource: Resource, document: msgspec.Struct) -> Resource:
    """A resource that was read, with another document."""
    return msgspec.structs.replace(resource, document=_encode(document))


def new_function(owner: str, name: str, document: FunctionDocument) -> Resource:
    return Resource(FUNCTION, owner, name, _encode(document))


def new_version(owner: str, name: str, version: str, document: VersionDocument) -> Resource:
    return Resource(FUNCTION_VERSION, owner, f"{name}:{version}", _encode(document), function_arn(owner, name))


def new_alias(owner: str, name: str, alias: str, document: AliasDocument) -> Resource:
    return Resource(ALIAS, owner, f"{name}:{alias}", _encode(document), function_arn(owner, name))


def new_provisioned(owner: str, name: str, qualifier: str, document: ProvisionedDocument) -> Resource:
    return Resource(PROVISIONED, owner, f"{name}:{qualifier}", _encode(document), function_arn(owner, name))


def new_url(id_: str, document: FunctionUrlDocument) -> Resource:
    return Resource(FUNCTION_URL, "", id_, _encode(document), function_arn(document.owner, document.name))


def new_layer(owner: str, name: str, document: LayerDocument) -> Resource:
    return Resource(LAYER, owner, name, _encode(document))


def new_layer_version(owner: str, name: str, version: int, document: LayerVersionDocument) -> Resource:
    return Resource(LAYER_VERSION, owner, f"{name}:{version}", _encode(document), layer_arn(owner, name))


def new_usage(owner: str, document: UsageDocument) -> Resource:
    return Resource(USAGE, owner, "usage", _encode(document))
