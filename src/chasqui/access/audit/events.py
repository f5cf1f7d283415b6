"""A call as a record of CloudTrail's: its shape, its member names, what it says of the caller and of the resource.

Source: CloudTrail user guide, "CloudTrail record contents for management, data, and network activity events". Pure: a
record is a function of the call, the time and an id.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Protocol

import msgspec

from chasqui.access.audit.redaction import Redactor, cut
from chasqui.access.audit.resources import type_of
from chasqui.access.audit.who import foreign_identity, user_identity, web_identity
from chasqui.base.actions import Action
from chasqui.base.arn import Arn, parse_arn
from chasqui.base.call import Call
from chasqui.base.errors import ServiceError
from chasqui.base.times import iso_time

VERSION: Final = "1.11"
RECORD_BYTES_MAX: Final = 64 * 1024
_ELEMENT_BYTES_MAX: Final = 24 * 1024
# Where services without regions are recorded, by partition.
_GLOBAL_SERVICES: Final = frozenset(("iam",))
_GLOBAL_REGIONS: Final = {"cn": "cn-north-1", "us-gov": "us-gov-west-1"}

_encode = msgspec.json.Encoder().encode


class Facts(Protocol):
    """What is told of the request itself (`admission.RequestFacts`)."""

    @property
    def source_address(self) -> str: ...

    @property
    def user_agent(self) -> str: ...

    @property
    def secure(self) -> bool: ...


class AuditEvent(msgspec.Struct, eq=False, kw_only=True):
    """A call that has been answered, or is about to be.

    `service` is botocore's endpoint prefix ("sqs"). `params` is the operation's input, None where it could not be
    read; `result` its result, None where there is none; `error` is what was raised in its place.
    """

    call: Call
    service: str
    operation: str
    action: Action
    params: Any
    result: Any = None
    error: ServiceError | None = None
    request_id: str
    facts: Facts

    @property
    def changes(self) -> bool:
        """Whether the call is one that changes something, and has succeeded."""
        return self.error is None and not self.action.read_only

    @property
    def resource(self) -> Arn | None:
        """The one resource that the call is about, as far as it has a name."""
        if self.params is None:
            return None
        arn = parse_arn(self.action.resource(self.call, self.params))
        return None if arn is None or "*" in arn.resource else arn

    @property
    def region(self) -> str:
        """The region whose log has it."""
        if self.service not in _GLOBAL_SERVICES:
            return self.call.region
        prefix = next((each for each in _GLOBAL_REGIONS if self.call.region.startswith(f"{each}-")), "")
        return _GLOBAL_REGIONS.get(prefix, "us-east-1")


class Entry(msgspec.Struct, frozen=True):
    """A record for one account's log. `data` is the record in JSON."""

    account: str
    region: str
    id: str
    data: bytes


def entries(event: AuditEvent, at_ms: int, new_id: Callable[[], str]) -> list[Entry]:
    """The records of a call: one for the caller's account and, where the call succeeded on another account's resource
    or the caller has no account, one for the resource's. `new_id` makes the records' ids."""
    resource, own = event.resource, event.call.account
    owner = resource.account if resource is not None else ""
    accounts = [own] if own else []
    if owner and owner != own and (not own or event.error is None):
        accounts.append(owner)
    if not accounts:
        return []
    record = _record(event, resource, at_ms)
    if len(accounts) > 1:
        record["sharedEventID"] = new_id()
    return [_entry(record, event, account, new_id()) for account in accounts]


def _entry(record: dict[str, Any], event: AuditEvent, account: str, id: str) -> Entry:
    identity = _identity(event) if account == event.call.account else _identity_for_owner(event)
    whole = {**record, "userIdentity": identity, "eventID": id, "recipientAccountId": account}
    data = _encode(whole)
    if len(data) > RECORD_BYTES_MAX:
        whole |= {name: _omitted(name, len(data)) for name in ("requestParameters", "responseElements")}
        data = _encode(whole)
    return Entry(account, event.region, id, data)


def _record(event: AuditEvent, resource: Arn | None, at_ms: int) -> dict[str, Any]:
    """A record but for what differs between accounts, in CloudTrail's order of members."""
    action, facts = event.action, event.facts
    redactor = Redactor(action.hidden)
    record: dict[str, Any] = {
        "eventVersion": VERSION,
        "userIdentity": None,
        "eventTime": iso_time(at_ms),
        "eventSource": f"{event.service}.amazonaws.com",
        "eventName": event.operation,
        "awsRegion": event.region,
        "sourceIPAddress": facts.source_address or "AWS Internal",
        "userAgent": cut(facts.user_agent),
    }
    parameters = _element(redactor, "requestParameters", event.params)
    if event.error is not None:
        record["errorCode"] = event.error.code
        record["errorMessage"] = redactor.message(event.error.message)
    record["requestParameters"] = parameters
    record["responseElements"] = _element(redactor, "responseElements", event.result) if event.changes else None
    record["requestID"] = event.request_id
    record["eventID"] = ""
    record["readOnly"] = action.read_only
    if resource is not None:
        told = {
            "accountId": resource.account or event.call.account,
            "type": type_of(resource),
            "ARN": cut(str(resource)),
        }
        record["resources"] = [{name: value for name, value in told.items() if value}]
    record["eventType"] = "AwsConsoleSignIn" if event.service == "signin" else "AwsApiCall"
    record["managementEvent"] = not action.data
    record["recipientAccountId"] = ""
    record["eventCategory"] = "Data" if action.data else "Management"
    if facts.secure:
        record["tlsDetails"] = {"clientProvidedHostHeader": cut(event.call.base_url.partition("://")[2])}
    return record


def _element(redactor: Redactor, name: str, value: Any) -> Any:
    """requestParameters or responseElements: None where there is nothing to tell."""
    shown = redactor.shown(value) if value is not None else None
    if not shown:
        return None
    size = len(_encode(shown))
    return shown if size <= _ELEMENT_BYTES_MAX else _omitted(name, size)


def _omitted(name: str, size: int) -> dict[str, Any]:
    """What stands for what is too large."""
    return {"omitted": True, "originalSize": size, "reason": f"{name} too large"}


def _identity(event: AuditEvent) -> dict[str, Any]:
    return user_identity(event.call.principal)


def _identity_for_owner(event: AuditEvent) -> dict[str, Any]:
    if event.operation == "AssumeRoleWithWebIdentity" and event.result is not None:
        return web_identity(event.result)
    return foreign_identity(event.call.principal)
