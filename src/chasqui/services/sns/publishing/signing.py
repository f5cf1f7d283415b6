"""The server's signature under notifications: an RSA key and its certificate, made when first needed, and kept in the
store.

All nodes sign with the same key; the private part is sealed by the key ring. Signing costs 0.4 ms of a processor, so
it is done on threads, once for each text of a publish. Source: SNS developer guide, "Verifying the signatures of Amazon
SNS messages".
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

import msgspec

from chasqui.base.control import Answer, Refusal
from chasqui.base.digests import md5
from chasqui.crypto.keyring import KeyRing
from chasqui.services.sns.documents import CERTIFICATES
from chasqui.services.sns.publishing.envelope import string_to_sign
from chasqui.services.sns.publishing.notice import Notice
from chasqui.store.port import Resource, Store, Transaction

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

CERTIFICATE: Final = ("sns:certificate", "", "signing")
_NAME: Final = "sns.amazonaws.com"
_YEARS: Final = 30
_THREADS: Final = 2


class CertificateDocument(msgspec.Struct):
    """The certificate (PEM) and the private key (PKCS #8 in DER, sealed by the ring)."""

    certificate: str
    key: bytes


class Signer:
    """Signs notices. `prepare` comes first; `url` and `signatures` are for what follows."""

    def __init__(self, store: Store, ring: KeyRing) -> None:
        self._store = store
        self._ring = ring
        self._key: RSAPrivateKey | None = None
        self._pool: ThreadPoolExecutor | None = None
        self._path = ""
        self._generation = 0
        store.watch_resources(CERTIFICATE[0], self._changed)

    def _changed(self, owner: str, name: str) -> None:
        self._key = None

    def url(self, base_url: str) -> str:
        """The SigningCertURL of what was signed. It is "" before anything was."""
        return f"{base_url}{self._path}" if self._path else ""

    def close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)

    async def certificate(self) -> CertificateDocument | None:
        """The certificate, if there is one."""
        resource = await self._store.resource(*CERTIFICATE)
        return None if resource is None else _decode(resource.document)

    async def answer(self, path: str) -> Answer:
        """The certificate that is served at this path, to anybody. Raises `Refusal`."""
        document = await self.certificate()
        if document is None or path_of(document.certificate) != path:
            raise Refusal(404, "There is no such certificate here.")
        return Answer(document.certificate.encode(), content_type="application/x-pem-file")

    async def sign(self, notice: Notice, protocols: Iterable[str]) -> None:
        """Add the signatures of the texts of these protocols to the notice; those it has are kept."""
        key = self._key or await self._prepare()
        missing = {
            notice.signed_as(each): each for each in protocols if notice.signed_as(each) not in notice.signatures
        }
        if not missing:
            return
        made = {}
        for name, protocol in missing.items():
            clear = string_to_sign(notice, protocol)
            made[name] = await self._on_thread(partial(_sign, key, clear, notice.signature_version))
        notice.signatures = {**notice.signatures, **made}

    async def _on_thread(self, work: partial[str]) -> str:
        if self._pool is None:
            self._pool = ThreadPoolExecutor(_THREADS, "sns-signing")
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)

    async def _prepare(self) -> RSAPrivateKey:
        """The key that all nodes have, made now if there is none."""
        document = await self.certificate()
        if document is None:
            made = msgspec.json.decode(await self._on_thread(partial(_make, self._ring)), type=CertificateDocument)
            document = await self._store.transaction(partial(_keep, made))
        # Heavy, and only those need it who sign.
        from cryptography.hazmat.primitives.serialization import load_der_private_key  # noqa: PLC0415

        key = load_der_private_key(self._ring.open(document.key), None)
        self._path = path_of(document.certificate)
        self._key = key  # type: ignore[assignment]
        return key  # type: ignore[return-value]


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(CertificateDocument).decode


def path_of(certificate: str) -> str:
    """The path of a certificate's URL; its name says which it is."""
    digest = md5(certificate.encode()).hexdigest()
    return f"{CERTIFICATES}{digest}.pem"


async def _keep(made: CertificateDocument, tx: Transaction) -> CertificateDocument:
    """The first one made is everybody's."""
    found = await tx.get(*CERTIFICATE)
    if found is not None:
        return _decode(found.document)
    await tx.create(Resource(*CERTIFICATE, _encode(made)))
    return made


def _sign(key: RSAPrivateKey, clear: bytes, version: str) -> str:
    from cryptography.hazmat.primitives import hashes  # noqa: PLC0415  see `_prepare`
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15  # noqa: PLC0415

    # Version 1 is SHA-1 by its definition; receivers choose 2 by the topic's SignatureVersion.
    algorithm = hashes.SHA256() if version == "2" else hashes.SHA1()
    return base64.b64encode(key.sign(clear, PKCS1v15(), algorithm)).decode()


def _make(ring: KeyRing) -> str:
    """A new key with a certificate that it signs itself, as the JSON of a `CertificateDocument`."""
    from cryptography import x509  # noqa: PLC0415  see `_prepare`
    from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: PLC0415
    from cryptography.x509.oid import NameOID  # noqa: PLC0415

    key = rsa.generate_private_key(public_exponent=65_537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, _NAME)])
    # Not the injected clock's time: verifiers hold certificates to their own.
    since = datetime.now(UTC) - timedelta(days=1)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(since)
        .not_valid_after(since + timedelta(days=365 * _YEARS))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(_NAME)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM).decode()
    return _encode(CertificateDocument(pem, ring.seal(private))).decode()
