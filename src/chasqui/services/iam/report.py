"""The credential report: a table, in CSV, of the account's users and their keys as they were when it was made.

Its columns are those of the IAM user guide, "Get credential reports for your AWS account". A report is good for four
hours; until then asking for another one gives the same.
"""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from typing import Final

import msgspec

from chasqui.access.identity.documents import (
    ACCESS_KEY,
    KEY_USE,
    USER,
    AccessKeyDocument,
    KeyUse,
    UserDocument,
    decode,
    encode,
)
from chasqui.base.actions import Action
from chasqui.base.call import Call
from chasqui.base.errors import ServiceError
from chasqui.base.principal import root_of
from chasqui.base.service import Operation
from chasqui.services.iam import actions
from chasqui.services.iam.entities import USERS
from chasqui.services.iam.service import Room
from chasqui.services.iam.types import GenerateCredentialReportResponse, GetCredentialReportResponse
from chasqui.store.port import Resource, Transaction

TYPE: Final = "iam:credential-report"
GOOD_S: Final = 4 * 60 * 60
_NAME = "report"
_USERS_AT_ONCE = 50
_KEY_COLUMNS = ("active", "last_rotated", "last_used_date", "last_used_region", "last_used_service")
COLUMNS: Final = (
    "user",
    "arn",
    "user_creation_time",
    "password_enabled",
    "password_last_used",
    "password_last_changed",
    "password_next_rotation",
    "mfa_active",
    *(f"access_key_{number}_{column}" for number in (1, 2) for column in _KEY_COLUMNS),
    "cert_1_active",
    "cert_1_last_rotated",
    "cert_2_active",
    "cert_2_last_rotated",
)
_NOTHING = "N/A"
_NO_KEY = ("false", _NOTHING, _NOTHING, _NOTHING, _NOTHING)
_NO_CERTIFICATES = ("false", _NOTHING, "false", _NOTHING)


class ReportDocument(msgspec.Struct):
    """A report: its text, and when it was made."""

    made_s: int
    text: str


async def generate_credential_report(room: Room, call: Call, _request: object) -> GenerateCredentialReportResponse:
    existing = await _report(room, call.account)
    now_s = room.clock.now_ms() // 1000
    if existing is not None and now_s - existing.made_s < GOOD_S:
        return GenerateCredentialReportResponse(State="COMPLETE")
    document = ReportDocument(now_s, await _text(room, call.account))

    async def keep(tx: Transaction) -> None:
        old = await tx.get(TYPE, call.account, _NAME)
        if old is None:
            await tx.create(Resource(TYPE, call.account, _NAME, encode(document)))
        else:
            await tx.replace(msgspec.structs.replace(old, document=encode(document)))

    await room.store.transaction(keep)
    return GenerateCredentialReportResponse(
        State="STARTED", Description="No report exists. Starting a new report generation task"
    )


async def get_credential_report(room: Room, call: Call, _request: object) -> GetCredentialReportResponse:
    document = await _report(room, call.account)
    if document is None:
        raise ServiceError("ReportNotPresent", "No credential report found. Please generate a credential report.")
    if room.clock.now_ms() // 1000 - document.made_s >= GOOD_S:
        raise ServiceError("ReportExpired", "The credential report has expired. Please generate a new one.")
    return GetCredentialReportResponse(
        Content=document.text.encode(), ReportFormat="text/csv", GeneratedTime=document.made_s
    )


async def _report(room: Room, account: str) -> ReportDocument | None:
    resource = await room.store.resource(TYPE, account, _NAME)
    return decode(ReportDocument, resource) if resource is not None else None


async def _text(room: Room, account: str) -> str:
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(COLUMNS)
    rows.writerow(_root(account))
    after = ""
    while True:
        users = await room.store.resources(USER, account, after=(account, after), limit=_USERS_AT_ONCE)
        rows.writerows(await _users(room, users))
        if len(users) < _USERS_AT_ONCE:
            return out.getvalue()
        after = users[-1].name


def _root(account: str) -> tuple[str, ...]:
    unsupported = ("not_supported",) * 4
    facts = ("<root_account>", root_of(account).arn, _time(0), *unsupported, "false")
    return (*facts, *_NO_KEY, *_NO_KEY, *_NO_CERTIFICATES)


async def _users(room: Room, users: list[Resource]) -> list[tuple[str, ...]]:
    async def read(tx: Transaction) -> list[tuple[str, ...]]:
        return [await _user(tx, each) for each in users]

    return await room.store.transaction(read)


async def _user(tx: Transaction, resource: Resource) -> tuple[str, ...]:
    document = decode(UserDocument, resource)
    arn = USERS.arn(resource.owner, document.path, document.name)
    held = await tx.children(ACCESS_KEY, f"{resource.owner}/{resource.name}")
    keys = [await _key(tx, each) for each in sorted(held, key=_created_s)]
    first, second = [*keys, _NO_KEY, _NO_KEY][:2]
    password = ("false", _NOTHING, _NOTHING, _NOTHING)
    return (document.name, arn, _time(document.created_s), *password, "false", *first, *second, *_NO_CERTIFICATES)


def _created_s(key: Resource) -> int:
    return decode(AccessKeyDocument, key).created_s


async def _key(tx: Transaction, resource: Resource) -> tuple[str, ...]:
    document = decode(AccessKeyDocument, resource)
    found = await tx.get(KEY_USE, "", resource.name)
    facts = ("true" if document.active else "false", _time(document.created_s))
    if found is None:
        return (*facts, _NOTHING, _NOTHING, _NOTHING)
    use = decode(KeyUse, found)
    return (*facts, _time(use.at_s), use.region, use.service)


def _time(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")


OPERATIONS: dict[str, Operation] = {
    "GenerateCredentialReport": generate_credential_report,
    "GetCredentialReport": get_credential_report,
}

ACTIONS: dict[str, Action] = {
    "GenerateCredentialReport": actions.of("GenerateCredentialReport", "read"),
    "GetCredentialReport": actions.of("GetCredentialReport", "read"),
}
