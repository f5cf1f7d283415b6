"""The SMS sandbox: the numbers that an account in it may send to, each verified by a password that is sent there.

A number is a resource (`NUMBER`, "account/region", the number). AWS' rules (developer guide, "Using the Amazon SNS SMS
sandbox"): 10 numbers, a password is sent to one five times in 24 hours, and a number can be deleted 24 hours after it
was verified or tried. A password here holds for 24 hours and five guesses.
"""

from __future__ import annotations

import hmac
import secrets
from typing import Final

import msgspec

from chasqui.base.actions import Action
from chasqui.base.call import Call, owner_of
from chasqui.base.errors import ServiceError
from chasqui.base.service import Operation
from chasqui.services.sns import arns
from chasqui.services.sns.errors import invalid_parameter
from chasqui.services.sns.inputs import check
from chasqui.services.sns.listing import PAGE, owned_page
from chasqui.services.sns.room import Room
from chasqui.services.sns.sms.phones import is_opted_out, phone_number
from chasqui.services.sns.sms.sms_queue import Text, send_later
from chasqui.services.sns.sms.sms_settings import in_sandbox
from chasqui.services.sns.types import (
    CreateSMSSandboxPhoneNumberInput,
    CreateSMSSandboxPhoneNumberResult,
    DeleteSMSSandboxPhoneNumberInput,
    DeleteSMSSandboxPhoneNumberResult,
    GetSMSSandboxAccountStatusInput,
    GetSMSSandboxAccountStatusResult,
    ListSMSSandboxPhoneNumbersInput,
    ListSMSSandboxPhoneNumbersResult,
    SMSSandboxPhoneNumber,
    VerifySMSSandboxPhoneNumberInput,
    VerifySMSSandboxPhoneNumberResult,
)
from chasqui.store.port import Resource, Transaction

NUMBER: Final = "sns:sandbox-number"
_DAY_MS: Final = 24 * 3600 * 1000
_SENT_A_DAY: Final = 5
_GUESSES: Final = 5

_WORDS: Final = {
    "en": "Your verification code is {}",
    "es": "Su código de verificación es {}",
    "de": "Ihr Bestätigungscode lautet {}",
    "fr": "Votre code de vérification est {}",
    "it": "Il tuo codice di verifica è {}",
    "ja": "確認コードは {} です",
    "pt": "Seu código de verificação é {}",
    "kr": "인증 코드는 {} 입니다",
    "zh-CN": "您的验证码是 {}",
    "zh-TW": "您的驗證碼是 {}",
}


class SandboxNumber(msgspec.Struct):
    """`password` is the one that was sent last, sealed; `guesses` counts those that were wrong. `sent_ms` says when
    passwords were sent in the last 24 hours, `tried_ms` when one was last tried."""

    created_ms: int
    password: bytes
    sent_ms: list[int]
    verified: bool = False
    guesses: int = 0
    tried_ms: int = 0


_decode = msgspec.json.Decoder(SandboxNumber).decode


def _user_error(message: str) -> ServiceError:
    return ServiceError("UserError", message, status=400)


def _not_there() -> ServiceError:
    return ServiceError("ResourceNotFound", "The phone number is not in the SMS sandbox.", status=404)


def _wrong(message: str) -> ServiceError:
    return ServiceError("VerificationException", message, status=400, fields={"Status": "Pending"})


def _number(written: str | None) -> str:
    number = phone_number(written or "")
    if number is None:
        raise invalid_parameter("PhoneNumber Reason: input incorrectly formatted")
    return number


async def is_verified(room: Room, owner: str, number: str) -> bool:
    """Whether an account in the sandbox may send to the number."""
    resource = await room.store.resource(NUMBER, owner, number)
    return resource is not None and _decode(resource.document).verified


async def create_sms_sandbox_phone_number(
    room: Room, call: Call, request: CreateSMSSandboxPhoneNumberInput
) -> CreateSMSSandboxPhoneNumberResult:
    """Add a number, or send another password to one that waits. Raises `InvalidParameter`, `OptedOut`, `UserError` and
    `Throttled`."""
    check("CreateSMSSandboxPhoneNumber", request)
    owner, number, now_ms = owner_of(call), _number(request.PhoneNumber), room.clock.now_ms()
    if await is_opted_out(room, owner, number):
        raise ServiceError("OptedOut", "The phone number is opted out.", status=400)
    password = f"{secrets.randbelow(10**6):06}"
    sealed = room.ring.seal(password.encode())

    async def keep(tx: Transaction) -> None:
        resource = await tx.get(NUMBER, owner, number)
        if resource is not None:
            document = _asked_again(_decode(resource.document), sealed, now_ms)
            await tx.replace(msgspec.structs.replace(resource, document=msgspec.json.encode(document)))
            return
        most = room.limits.sms_sandbox_numbers_max
        if len(await tx.list(NUMBER, owner, limit=most)) >= most:
            raise _user_error(f"The SMS sandbox has {most} phone numbers already.")
        fresh = SandboxNumber(now_ms, sealed, [now_ms])
        await tx.create(Resource(NUMBER, owner, number, msgspec.json.encode(fresh)))

    await room.store.transaction(keep)
    words = _words(request.LanguageCode or "en-US").format(password)
    await send_later(room, owner, Text(number, words, type="Transactional", verification=True))
    return CreateSMSSandboxPhoneNumberResult()


def _asked_again(document: SandboxNumber, sealed: bytes, now_ms: int) -> SandboxNumber:
    if document.verified:
        raise _user_error("The phone number is verified already.")
    sent = [each for each in document.sent_ms if each > now_ms - _DAY_MS]
    if len(sent) >= _SENT_A_DAY:
        raise ServiceError("Throttled", f"A password was sent to the phone number {_SENT_A_DAY} times in 24 hours.")
    return SandboxNumber(document.created_ms, sealed, [*sent, now_ms], tried_ms=document.tried_ms)


def _words(language: str) -> str:
    return _WORDS.get(language) or _WORDS[language.partition("-")[0]]


async def verify_sms_sandbox_phone_number(
    room: Room, call: Call, request: VerifySMSSandboxPhoneNumberInput
) -> VerifySMSSandboxPhoneNumberResult:
    """Raises `InvalidParameter`, `ResourceNotFound`, and `VerificationException` when the password is another."""
    check("VerifySMSSandboxPhoneNumber", request)
    owner, number, now_ms = owner_of(call), _number(request.PhoneNumber), room.clock.now_ms()
    given = (request.OneTimePassword or "").encode()

    async def judge(tx: Transaction) -> ServiceError | None:
        resource = await tx.get(NUMBER, owner, number)
        if resource is None:
            return _not_there()
        document = _decode(resource.document)
        if document.verified:
            return None
        if document.guesses >= _GUESSES or document.sent_ms[-1] <= now_ms - _DAY_MS:
            return _wrong("The one-time password (OTP) has expired.")
        document.verified = hmac.compare_digest(room.ring.open(document.password), given)
        document.guesses += not document.verified
        document.tried_ms = now_ms
        await tx.replace(msgspec.structs.replace(resource, document=msgspec.json.encode(document)))
        return None if document.verified else _wrong("The one-time password (OTP) is invalid.")

    # A wrong guess is counted, so the transaction gives the error instead of raising it.
    error = await room.store.transaction(judge)
    if error is not None:
        raise error
    return VerifySMSSandboxPhoneNumberResult()


async def delete_sms_sandbox_phone_number(
    room: Room, call: Call, request: DeleteSMSSandboxPhoneNumberInput
) -> DeleteSMSSandboxPhoneNumberResult:
    """Raises `InvalidParameter`, `ResourceNotFound`, and `UserError` within 24 hours of the last verification."""
    check("DeleteSMSSandboxPhoneNumber", request)
    owner, number, now_ms = owner_of(call), _number(request.PhoneNumber), room.clock.now_ms()

    async def delete(tx: Transaction) -> None:
        resource = await tx.get(NUMBER, owner, number)
        if resource is None:
            raise _not_there()
        document = _decode(resource.document)
        if max(document.tried_ms, document.created_ms) > now_ms - _DAY_MS:
            raise _user_error("A phone number can be deleted 24 hours after it was verified or tried.")
        await tx.delete(resource)

    await room.store.transaction(delete)
    return DeleteSMSSandboxPhoneNumberResult()


async def list_sms_sandbox_phone_numbers(
    room: Room, call: Call, request: ListSMSSandboxPhoneNumbersInput
) -> ListSMSSandboxPhoneNumbersResult:
    """A page of the sandbox's numbers, `MaxResults` at most. Raises `InvalidParameter`."""
    check("ListSMSSandboxPhoneNumbers", request)
    limit = request.MaxResults or PAGE
    found, token = await owned_page(room.store, NUMBER, owner_of(call), request.NextToken, limit=limit)
    numbers = [
        SMSSandboxPhoneNumber(PhoneNumber=each.name, Status=_status(_decode(each.document).verified)) for each in found
    ]
    return ListSMSSandboxPhoneNumbersResult(PhoneNumbers=numbers, NextToken=token)


def _status(verified: bool) -> str:
    return "Verified" if verified else "Pending"


async def get_sms_sandbox_account_status(
    room: Room, call: Call, _request: GetSMSSandboxAccountStatusInput
) -> GetSMSSandboxAccountStatusResult:
    """Whether the account is in the sandbox in this region."""
    return GetSMSSandboxAccountStatusResult(IsInSandbox=await in_sandbox(room, owner_of(call)))


OPERATIONS: dict[str, Operation] = {
    "CreateSMSSandboxPhoneNumber": create_sms_sandbox_phone_number,
    "DeleteSMSSandboxPhoneNumber": delete_sms_sandbox_phone_number,
    "GetSMSSandboxAccountStatus": get_sms_sandbox_account_status,
    "ListSMSSandboxPhoneNumbers": list_sms_sandbox_phone_numbers,
    "VerifySMSSandboxPhoneNumber": verify_sms_sandbox_phone_number,
}

ACTIONS: dict[str, Action] = {
    "CreateSMSSandboxPhoneNumber": arns.of("CreateSMSSandboxPhoneNumber", "write"),
    "DeleteSMSSandboxPhoneNumber": arns.of("DeleteSMSSandboxPhoneNumber", "write"),
    "GetSMSSandboxAccountStatus": arns.of("GetSMSSandboxAccountStatus", "read"),
    "ListSMSSandboxPhoneNumbers": arns.of("ListSMSSandboxPhoneNumbers", "list"),
    "VerifySMSSandboxPhoneNumber": arns.of("VerifySMSSandboxPhoneNumber", "write", hidden=("OneTimePassword",)),
}
