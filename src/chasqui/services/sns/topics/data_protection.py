"""Data protection policies: what of a topic's messages is masked, taken out or refused. Pure.

What is enforced here: statements on inbound messages that deny or de-identify, for e-mail addresses, IP addresses and
payment card numbers. Whatever else AWS knows (audits, statements on outbound messages, its many other identifiers,
those of one's own) is refused when the policy is put, so that no policy is kept that does nothing.

Source: SNS developer guide, "Understanding data protection policies", "Data protection policy operations".
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final, Literal

import msgspec

from chasqui.base.errors import ChasquiError
from chasqui.services.sns import errors

LENGTH_MAX: Final = 30_720
_VERSION = "2021-06-01"
_REDACTED = ""


class Denied(ChasquiError):
    """The policy does not let this message in; the text says which statement and identifier."""


class _Masking(msgspec.Struct, forbid_unknown_fields=True):
    MaskWithCharacter: str = "#"


class _Empty(msgspec.Struct, forbid_unknown_fields=True):
    pass


class _Deidentify(msgspec.Struct, forbid_unknown_fields=True):
    MaskConfig: _Masking | None = None
    RedactConfig: _Empty | None = None


class _Operation(msgspec.Struct, forbid_unknown_fields=True):
    Deny: _Empty | None = None
    Deidentify: _Deidentify | None = None
    Audit: msgspec.Raw | None = None


class _Statement(msgspec.Struct, forbid_unknown_fields=True):
    DataDirection: Literal["Inbound", "Outbound"]
    DataIdentifier: list[str]
    Operation: _Operation
    Principal: tuple[str, ...] = ("*",)
    NoPrincipal: list[str] | None = None
    Sid: str = ""


class _Policy(msgspec.Struct, forbid_unknown_fields=True):
    Statement: list[_Statement]
    Name: str = ""
    Description: str = ""
    Version: str = _VERSION
    Configuration: msgspec.Raw | None = None


Found = Callable[[str], bool]


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _is_card(text: str) -> bool:
    """Whether digits are a payment card's: 13 to 19 of them, with Luhn's check digit."""
    digits = [int(each) for each in text if each.isdigit()]
    if not 13 <= len(digits) <= 19 or digits[0] not in (2, 3, 4, 5, 6):
        return False
    doubled = (sum(divmod(2 * each, 10)) for each in digits[-2::-2])
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


class _Identifier(msgspec.Struct, frozen=True):
    """Where such data may be, and whether what was found there is it. The patterns never look back: they take time by
    the text's length."""

    pattern: re.Pattern[str]
    holds: Found


_IDENTIFIERS: Final = {
    "EmailAddress": _Identifier(
        re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}", re.ASCII),
        lambda _: True,
    ),
    "IpAddress": _Identifier(
        re.compile(r"(?<![\w.:])(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3}|[0-9A-Fa-f:]{2,39})(?![\w:]|\.[0-9])", re.ASCII),
        _is_address,
    ),
    "CreditCardNumber": _Identifier(re.compile(r"(?<![\w-])[0-9](?:[ -]?[0-9]){12,18}(?![\w-])", re.ASCII), _is_card),
}


class _Rule(msgspec.Struct, frozen=True):
    """A statement ready to be applied; `mask` is None where it denies, "" where what is found is taken out."""

    told: str
    identifiers: tuple[_Identifier, ...]
    principals: frozenset[str]
    mask: str | None


class Protection(msgspec.Struct, frozen=True):
    """A policy ready to be applied."""

    rules: tuple[_Rule, ...]

    def apply(self, message: str, publisher: str) -> str:
        """A message as it may go on; `publisher` is the ARN of who publishes it. Raises `Denied`."""
        for rule in self.rules:
            if "*" in rule.principals or publisher in rule.principals:
                for identifier in rule.identifiers:
                    message = _applied(rule, identifier, message)
        return message


def _applied(rule: _Rule, identifier: _Identifier, message: str) -> str:
    def replaced(match: re.Match[str]) -> str:
        if not identifier.holds(match[0]):
            return match[0]
        if rule.mask is None:
            raise Denied(f"statement {rule.told} of the topic's data protection policy denies it")
        return rule.mask * len(match[0])

    return identifier.pattern.sub(replaced, message)


@lru_cache(maxsize=256)
def protection(policy: str) -> Protection:
    """What a policy that was accepted does."""
    statements = msgspec.json.decode(policy, type=_Policy).Statement
    return Protection(tuple(_rule(number, each) for number, each in enumerate(statements, 1)))


def accept(text: str) -> str:
    """A policy as it is kept, "" for none. Raises `InvalidParameter`."""
    if not text:
        return ""
    if len(text) > LENGTH_MAX:
        raise errors.invalid_parameter(f"DataProtectionPolicy Reason: longer than {LENGTH_MAX} characters")
    try:
        policy = msgspec.json.decode(text, type=_Policy)
    except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
        raise errors.invalid_parameter(f"DataProtectionPolicy Reason: {error}") from None
    if policy.Version != _VERSION or not policy.Statement:
        raise errors.invalid_parameter(f"DataProtectionPolicy Reason: Version {_VERSION} and a Statement are needed")
    if policy.Configuration is not None:
        raise errors.not_implemented("DataProtectionPolicy: Configuration")
    for number, each in enumerate(policy.Statement, 1):
        _rule(number, each)
    return text


def _rule(number: int, statement: _Statement) -> _Rule:
    """Raises `InvalidParameter` for what is not enforced."""
    operation = statement.Operation
    told = statement.Sid or str(number)
    if operation.Audit is not None or statement.NoPrincipal is not None or statement.DataDirection == "Outbound":
        raise errors.not_implemented("DataProtectionPolicy: Audit, NoPrincipal or DataDirection Outbound")
    if (operation.Deny is None) == (operation.Deidentify is None):
        raise errors.invalid_parameter(f"DataProtectionPolicy Reason: statement {told} needs one Operation")
    if not statement.DataIdentifier:
        raise errors.invalid_parameter(f"DataProtectionPolicy Reason: statement {told} needs a DataIdentifier")
    identifiers = tuple(map(_identifier, statement.DataIdentifier))
    mask = None if operation.Deidentify is None else _mask(told, operation.Deidentify)
    return _Rule(told, identifiers, frozenset(statement.Principal), mask)


def _identifier(arn: str) -> _Identifier:
    name = arn.rpartition(":data-identifier/")[2]
    if not arn.startswith("arn:") or ":dataprotection:" not in arn or name not in _IDENTIFIERS:
        raise errors.not_implemented(f"DataProtectionPolicy: the data identifier {arn[:200]}")
    return _IDENTIFIERS[name]


def _mask(told: str, operation: _Deidentify) -> str:
    if (operation.MaskConfig is None) == (operation.RedactConfig is None):
        raise errors.invalid_parameter(
            f"DataProtectionPolicy Reason: statement {told} needs either MaskConfig or RedactConfig"
        )
    if operation.MaskConfig is None:
        return _REDACTED
    character = operation.MaskConfig.MaskWithCharacter
    if len(character) != 1 or not character.isprintable():
        raise errors.invalid_parameter(f"DataProtectionPolicy Reason: statement {told} must mask with one character")
    return character
