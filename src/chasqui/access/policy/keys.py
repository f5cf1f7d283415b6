"""The condition keys that the caller alone decides: the same for every request that a principal makes.

Source: IAM user guide, "AWS global condition context keys" and the table of principal key values in "IAM policy
elements: Variables and tags".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from chasqui.base.actions import Values
from chasqui.base.principal import Principal
from chasqui.base.times import iso_time

TAG_PREFIX: Final = "aws:principaltag/"
_TYPES: Final = {
    "root": "Account",
    "user": "User",
    "role": "AssumedRole",
    "federated": "FederatedUser",
    "anonymous": "Anonymous",
}


def _arn(principal: Principal) -> str | None:
    if principal.kind == "service":
        return None
    return (principal.issuer if principal.kind == "role" else "") or principal.arn or None


def _account(principal: Principal) -> str | None:
    return "anonymous" if principal.kind == "anonymous" else principal.account or None


def _user_id(principal: Principal) -> str | None:
    return None if principal.kind in ("service", "anonymous") else principal.id or None


def _user_name(principal: Principal) -> str | None:
    return principal.name if principal.kind == "user" else None


def _issued(principal: Principal) -> str | None:
    if not principal.session:
        return None
    return iso_time(principal.issued_at_ms)


def _mfa(principal: Principal) -> str | None:
    """Long-term credentials have no such key, which is why policies say BoolIfExists."""
    return ("true" if principal.mfa else "false") if principal.session else None


def _is_service(principal: Principal) -> str | None:
    return None if principal.kind == "anonymous" else str(principal.kind == "service").lower()


def _service_name(principal: Principal) -> str | None:
    return principal.name if principal.kind == "service" else None


def _service_names(principal: Principal) -> Values | None:
    return (principal.name,) if principal.kind == "service" else None


PRINCIPAL_KEYS: Final[Mapping[str, Callable[[Principal], Values | None]]] = {
    "aws:principalarn": _arn,
    "aws:principalaccount": _account,
    "aws:principaltype": lambda principal: _TYPES.get(principal.kind),
    "aws:userid": _user_id,
    "aws:username": _user_name,
    "aws:tokenissuetime": _issued,
    "aws:multifactorauthpresent": _mfa,
    "aws:sourceidentity": lambda principal: principal.source_identity or None,
    "aws:federatedprovider": lambda principal: principal.federated_provider or None,
    "aws:principalisawsservice": _is_service,
    "aws:principalservicename": _service_name,
    "aws:principalservicenameslist": _service_names,
}
"""By lower-case key; with the tags (`aws:PrincipalTag/…`) these are the constant keys."""


def is_constant(key: str) -> bool:
    """Whether a key (lower case) has the same value in every request of a principal."""
    return key in PRINCIPAL_KEYS or key.startswith(TAG_PREFIX)


def principal_value(principal: Principal, key: str) -> Values | None:
    """What a principal says to a key (lower case), its federated claims included; None when it says nothing."""
    known = PRINCIPAL_KEYS.get(key)
    if known is not None:
        return known(principal)
    if key.startswith(TAG_PREFIX):
        return _ignoring_case(principal.tags, key[len(TAG_PREFIX) :])
    return _ignoring_case(principal.claims, key)


def _ignoring_case(values: Mapping[str, str], key: str) -> str | None:
    return next((value for name, value in values.items() if name.lower() == key), None)


def moment_keys(now_ms: int, region: str) -> dict[str, Values]:
    """The condition keys that every question has: when it is asked, and for which region."""
    return {
        "aws:CurrentTime": iso_time(now_ms),
        "aws:EpochTime": str(now_ms // 1000),
        "aws:RequestedRegion": region,
    }
