"""Platform applications' credentials: read, checked, and made into what the push services want to see.

Signing and reading keys takes milliseconds, so that whoever is on the event loop gives it to a thread. PyJWT and
cryptography are imported when they are needed.
"""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Final

import msgspec

from chasqui.base.errors import ChasquiError

FCM_SCOPE: Final = "https://www.googleapis.com/auth/firebase.messaging"
GRANT: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
ASSERTION_SECONDS: Final = 3600
_USER_ID: Final = "0.9.2342.19200300.100.1.1"
"""The attribute of a certificate's subject in which Apple puts the app's bundle id."""


class BadCredential(ChasquiError):
    """A credential that cannot be used; the message says what is wrong with it, and nothing of its secrets."""


class ServiceAccount(msgspec.Struct, frozen=True):
    """What counts of a Google service account's key file. The address in it from which tokens could be had is not
    used: who makes a platform application does not decide whom this server talks to."""

    project_id: str
    private_key: str
    client_email: str
    private_key_id: str = ""


class ApnsKey(msgspec.Struct, frozen=True):
    """A signing key (.p8) for APNs: its id, the team's id, the app's bundle id."""

    key_id: str
    team_id: str
    bundle_id: str
    key: str


class ApnsCertificate(msgspec.Struct, frozen=True):
    """A certificate for APNs and its private key, both PEM."""

    certificate: str
    key: str


ApnsCredential = ApnsKey | ApnsCertificate


def read_service_account(credential: str) -> ServiceAccount:
    """A GCM platform credential of AuthenticationMethod Token. Raises `BadCredential`."""
    try:
        account = msgspec.json.decode(credential, type=ServiceAccount)
    except (msgspec.DecodeError, UnicodeError) as error:
        raise BadCredential("the credential is no key file (JSON) of a service account") from error
    if not account.project_id.replace("-", "").replace(":", "").replace(".", "").isalnum():
        raise BadCredential("the credential's project_id is not valid")
    return account


def read_apns(principal: str, credential: str, team_id: str = "", bundle_id: str = "") -> ApnsCredential:
    """An APNs platform application's attributes: with team and bundle a signing key, else a certificate."""
    if team_id or bundle_id:
        key = credential.strip()
        if "-----BEGIN" not in key:
            key = f"-----BEGIN PRIVATE KEY-----\n{key}\n-----END PRIVATE KEY-----"
        return ApnsKey(principal, team_id, bundle_id, key)
    return ApnsCertificate(principal, credential)


def assertion(account: ServiceAccount, audience: str, now_s: int) -> str:
    """The signed assertion that Google gives an access token for (RFC 7523; "Using OAuth 2.0 for server to server
    applications"). Raises `BadCredential`."""
    claims = {
        "iss": account.client_email,
        "scope": FCM_SCOPE,
        "aud": audience,
        "iat": now_s,
        "exp": now_s + ASSERTION_SECONDS,
    }
    return _signed(claims, account.private_key, "RS256", account.private_key_id)


def provider_token(key: ApnsKey, now_s: int) -> str:
    """APNs' provider token ("Establishing a token-based connection to APNs"). Raises `BadCredential`."""
    return _signed({"iss": key.team_id, "iat": now_s}, key.key, "ES256", key.key_id)


def _signed(claims: dict[str, object], key: str, algorithm: str, key_id: str) -> str:
    import jwt  # noqa: PLC0415  servers that push nothing start without it

    try:
        return jwt.encode(claims, key, algorithm=algorithm, headers={"kid": key_id} if key_id else None)
    except (ValueError, TypeError, jwt.PyJWTError) as error:
        raise BadCredential(f"the private key cannot sign {algorithm}") from error


def topic_of(certificate: str) -> str:
    """The bundle id in a certificate's subject; "" where there is none. Raises `BadCredential`."""
    from cryptography import x509  # noqa: PLC0415

    try:
        read = x509.load_pem_x509_certificate(certificate.encode())
    except ValueError as error:
        raise BadCredential("the certificate is not PEM") from error
    found = read.subject.get_attributes_for_oid(x509.ObjectIdentifier(_USER_ID))
    return str(found[0].value) if found else ""


def tls_context(authorities: str, certificate: ApnsCertificate | None = None) -> ssl.SSLContext:
    """TLS for HTTP/2, trusting a file of authorities (PEM), or the system's. Raises `BadCredential` and `OSError`."""
    context = ssl.create_default_context(cafile=authorities or None)
    context.set_alpn_protocols(["h2"])
    if certificate is not None:
        import tempfile  # noqa: PLC0415  it draws in much, and few certificates come

        # The ssl module reads certificates and keys from files only.
        with tempfile.TemporaryDirectory(prefix="chasqui-apns-") as folder:
            pair = Path(folder) / "pair.pem"
            pair.touch(mode=0o600)
            pair.write_text(f"{certificate.certificate.strip()}\n{certificate.key.strip()}\n", encoding="utf-8")
            try:
                context.load_cert_chain(pair, password="")
            except (ssl.SSLError, ValueError) as error:
                raise BadCredential("certificate and private key do not go together, or are not PEM") from error
    return context
