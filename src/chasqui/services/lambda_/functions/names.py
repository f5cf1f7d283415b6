"""How functions and layers are named in requests: a name, a partial ARN, a full ARN, each with a qualifier or without.

Pure. Source: API reference, "FunctionName" of each operation ("Name formats"); errors as AWS words them.
"""

from __future__ import annotations

import re
from typing import Final

import msgspec

from chasqui.base.arn import Arn, partition_of
from chasqui.base.call import Call, owner_of
from chasqui.services.lambda_ import errors
from chasqui.services.lambda_.documents import LATEST

_FUNCTION: Final = re.compile(
    r"(?:arn:aws[a-zA-Z-]*:lambda:)?(?:([a-z]{2}(?:-[a-z]+)+-\d):)?(?:(\d{12}):)?(?:function:)?"
    r"([a-zA-Z0-9_.-]+)(?::(\$LATEST(?:\.PUBLISHED)?|[a-zA-Z0-9_-]+))?\Z"
)
_LAYER: Final = re.compile(r"arn:aws[a-zA-Z-]*:lambda:([a-z0-9-]+):(\d{12}):layer:([a-zA-Z0-9_-]+)(?::(\d{1,18}))?\Z")
_NAME_LENGTH_MAX: Final = 64


class FunctionName(msgspec.Struct, frozen=True):
    """What a request calls a function. `qualifier` is "" when there is none."""

    account: str
    region: str
    name: str
    qualifier: str = ""

    @property
    def owner(self) -> str:
        return f"{self.account}/{self.region}"

    @property
    def arn(self) -> str:
        """The function's ARN, without a qualifier."""
        return function_arn(self.owner, self.name)

    @property
    def qualified(self) -> str:
        """The ARN with the qualifier that was given, if one was."""
        return function_arn(self.owner, self.name, self.qualifier)


def function_arn(owner: str, name: str, qualifier: str = "") -> str:
    """The ARN of a function of "account/region", or of its version or alias."""
    account, _, region = owner.partition("/")
    resource = f"function:{name}:{qualifier}" if qualifier else f"function:{name}"
    return str(Arn(partition_of(region), "lambda", region, account, resource))


def layer_arn(owner: str, name: str, version: int | str = "") -> str:
    """The ARN of a layer of "account/region", or of a version of it."""
    account, _, region = owner.partition("/")
    resource = f"layer:{name}:{version}" if version else f"layer:{name}"
    return str(Arn(partition_of(region), "lambda", region, account, resource))


def peek(call: Call, text: str | None, qualifier: str | None = None) -> FunctionName | None:
    """The same as `read_name` for who must not raise; None when it is no name of a function."""
    match = _FUNCTION.match(text or "")
    if match is None:
        return None
    region, account, name, own = match.groups()
    return FunctionName(account or call.account, region or call.region, name, qualifier or own or "")


def read_name(call: Call, text: str | None, qualifier: str | None = None) -> FunctionName:
    """What a request calls a function; the constraints of the model were looked at before. Raises
    ResourceNotFoundException for other regions, InvalidParameterValueException for two qualifiers."""
    match = _FUNCTION.match(text or "")
    if match is None:
        raise errors.broken(text or "", "functionName", "Member must satisfy regular expression pattern")
    region, account, name, own = match.groups()
    if region and region != call.region:
        raise errors.not_found(f"Functions from '{region}' are not reachable in this region ('{call.region}')")
    if qualifier and own and qualifier != own:
        raise errors.invalid_parameter(
            "The derived qualifier from the function name does not match the specified qualifier."
        )
    return FunctionName(account or call.account, call.region, name, qualifier or own or "")


def read_new_name(call: Call, text: str | None) -> FunctionName:
    """The name of a function that is to be made. Raises ValidationException and what `read_name` does."""
    named = read_name(call, text)
    if named.qualifier or "." in named.name:
        raise errors.broken(text, "functionName", "Member must satisfy regular expression pattern: [a-zA-Z0-9-_]+")
    if len(named.name) > _NAME_LENGTH_MAX:
        message = (
            f"1 validation error detected: Value '{named.name}' at 'functionName' failed to satisfy constraint: Member"
            f" must have length less than or equal to {_NAME_LENGTH_MAX}"
        )
        raise errors.invalid_parameter(message)
    if named.account != call.account:
        raise errors.access_denied(f"Functions of account {named.account} cannot be created by account {call.account}")
    return named


def unqualified(call: Call, text: str | None) -> FunctionName:
    """The function that is named, for operations that know no qualifier but may be given "$LATEST"."""
    named = read_name(call, text)
    return msgspec.structs.replace(named, qualifier="") if named.qualifier in ("", LATEST) else named


def is_version(qualifier: str) -> bool:
    """Whether a qualifier is a version's number, and no alias' name."""
    return qualifier.isascii() and qualifier.isdigit()


class LayerName(msgspec.Struct, frozen=True):
    """What a request calls a layer; `version` is 0 when it names none."""

    owner: str
    name: str
    version: int = 0

    @property
    def arn(self) -> str:
        return layer_arn(self.owner, self.name)

    @property
    def version_arn(self) -> str:
        return layer_arn(self.owner, self.name, self.version)


def peek_layer(call: Call, text: str | None, version: int | None = None) -> LayerName:
    """A layer by its name or ARN. Never raises: what is no ARN is a name."""
    match = _LAYER.match(text or "")
    if match is None:
        return LayerName(owner_of(call), text or "", version or 0)
    region, account, name, own = match.groups()
    return LayerName(f"{account}/{region}", name, version or int(own or 0))
