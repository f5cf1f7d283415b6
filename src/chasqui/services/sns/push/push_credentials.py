"""What a platform application shows its push service, read as soon as it is given.

AWS asks the services themselves whether credentials are good; here they are taken apart, so that what could never work
is refused with AWS' words. Reading keys takes milliseconds: it belongs on a thread.
"""

from __future__ import annotations

import binascii
from typing import Final, Literal

import msgspec
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_private_key,
    load_pem_private_key,
)

from chasqui.base.errors import ServiceError
from chasqui.services.sns.errors import invalid_parameter

APPLE: Final = ("APNS", "APNS_SANDBOX")
PLATFORMS: Final = (*APPLE, "GCM")
"""The platforms whose clients this server has."""
WITHOUT_CLIENT: Final = frozenset(
    ("ADM", "APNS_PASSBOOK", "APNS_VOIP", "APNS_VOIP_SANDBOX", "BAIDU", "MACOS", "MACOS_SANDBOX", "MPNS", "WNS")
)
"""AWS' other platforms."""

_TEXT_MAX: Final = 16_384
_KEY_ID: Final = 10


class Examined(msgspec.Struct, frozen=True):
    """How an application proves who it is, and until when its certificate holds (ISO 8601), "" without one."""

    authentication: Literal["token", "certificate"]
    until: str = ""


class _ServiceAccount(msgspec.Struct):
    """The members of a service account's JSON without which it is good for nothing."""

    project_id: str
    client_email: str
    private_key: str


def _invalid() -> ServiceError:
    return invalid_parameter("Attributes Reason: Platform credentials are invalid")


def examine(platform: str, principal: str, credential: str, *, team: str, bundle: str) -> Examined:
    """Read the credentials of an application on one of `PLATFORMS`. Raises `InvalidParameter`."""
    if not credential or max(len(principal), len(credential)) > _TEXT_MAX:
        raise _invalid()
    if platform == "GCM":
        _service_account(credential)
        return Examined("token")
    if "-----BEGIN CERTIFICATE-----" in principal:
        return _certificate(principal, credential)
    return _signing_key(principal, credential, team, bundle)


def service_account_text(credential: str) -> str:
    """A service account's JSON, also where it was given as a JSON string, as AWS' own recipe makes it."""
    try:
        read = msgspec.json.decode(credential)
    except msgspec.DecodeError:
        return credential
    return read if isinstance(read, str) else credential


def _service_account(credential: str) -> None:
    try:
        account = msgspec.json.decode(service_account_text(credential), type=_ServiceAccount)
    except msgspec.DecodeError:
        raise _invalid() from None
    _private_key(account.private_key)


def _signing_key(key_id: str, credential: str, team: str, bundle: str) -> Examined:
    """Apple's token credentials: a key id of 10 characters, a P-256 key, and who uses it."""
    if not (len(key_id) == _KEY_ID and key_id.isascii() and key_id.isalnum()):
        raise _invalid()
    if not isinstance(_private_key(credential), ec.EllipticCurvePrivateKey):
        raise _invalid()
    for name, value in (("ApplePlatformTeamID", team), ("ApplePlatformBundleID", bundle)):
        if not value:
            raise invalid_parameter(f"Attributes Reason: {name} attribute required")
    return Examined("token")


def _certificate(principal: str, credential: str) -> Examined:
    try:
        certificate = x509.load_pem_x509_certificate(principal.encode())
    except ValueError:
        raise _invalid() from None
    key = _private_key(credential).public_key()
    spki = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if key.public_bytes(*spki) != certificate.public_key().public_bytes(*spki):
        raise _invalid()
    return Examined("certificate", certificate.not_valid_after_utc.strftime("%Y-%m-%dT%H:%M:%SZ"))


def pem_text(credential: str) -> str:
    """A private key as PEM, also where it was given without its first and last line."""
    if "-----BEGIN" in credential:
        return credential
    return f"-----BEGIN PRIVATE KEY-----\n{credential.strip()}\n-----END PRIVATE KEY-----\n"


def _private_key(text: str) -> PrivateKeyTypes:
    try:
        if "-----BEGIN" in text:
            return load_pem_private_key(text.encode(), password=None)
        return load_der_private_key(binascii.a2b_base64(text.encode()), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise _invalid() from None
