"""RSA and elliptic curves: making keys, encrypting, signing, verifying. Bytes in, bytes out; nothing of KMS' rules.

Algorithms are named as KMS names them. Source: KMS developer guide, "Key spec reference" (RSAES-OAEP and RSASSA of RFC
8017, a PSS salt as long as the digest; ECDSA of ANS X9.62, signatures in DER).
"""

from __future__ import annotations

from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
)

_CURVES: Final[dict[str, ec.EllipticCurve]] = {
    "ECC_NIST_P256": ec.SECP256R1(),
    "ECC_NIST_P384": ec.SECP384R1(),
    "ECC_NIST_P521": ec.SECP521R1(),
    "ECC_SECG_P256K1": ec.SECP256K1(),
}
_DIGESTS: Final[dict[str, type[hashes.HashAlgorithm]]] = {
    "SHA_1": hashes.SHA1,
    "SHA_256": hashes.SHA256,
    "SHA_384": hashes.SHA384,
    "SHA_512": hashes.SHA512,
}

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


def new_rsa_key(bits: int) -> bytes:
    """A private key, PKCS #8. Takes a tenth of a second and more."""
    return _saved(rsa.generate_private_key(65537, bits))


def new_curve_key(spec: str) -> bytes:
    """A private key, PKCS #8."""
    return _saved(ec.generate_private_key(_CURVES[spec]))


def _saved(key: PrivateKey) -> bytes:
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def _loaded(secret: bytes) -> PrivateKey:
    # The ring has authenticated it: checking the primes again would take a twentieth of a second.
    key = load_der_private_key(secret, None, unsafe_skip_rsa_key_validation=True)
    assert isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey), "these are the keys that are made here"
    return key


def public_key(secret: bytes) -> bytes:
    """The public key: SubjectPublicKeyInfo (RFC 5280) in DER."""
    return _loaded(secret).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def digest_of(algorithm: str) -> hashes.HashAlgorithm:
    """The digest that an algorithm's name ends with."""
    return _DIGESTS["_".join(algorithm.rsplit("_", 2)[-2:])]()


def encrypted_max(secret_bits: int, algorithm: str) -> int:
    """How many bytes RSAES-OAEP takes (RFC 8017, 7.1.1)."""
    return secret_bits // 8 - 2 * digest_of(algorithm).digest_size - 2


def encrypt(secret: bytes, algorithm: str, clear: bytes) -> bytes:
    key = _loaded(secret)
    assert isinstance(key, rsa.RSAPrivateKey), "only RSA keys encrypt"
    return key.public_key().encrypt(clear, _oaep(algorithm))


def decrypt(secret: bytes, algorithm: str, sealed: bytes) -> bytes | None:
    """What was encrypted, or None."""
    key = _loaded(secret)
    assert isinstance(key, rsa.RSAPrivateKey), "only RSA keys encrypt"
    try:
        return key.decrypt(sealed, _oaep(algorithm))
    except ValueError:
        return None


def _oaep(algorithm: str) -> padding.OAEP:
    digest = digest_of(algorithm)
    return padding.OAEP(padding.MGF1(digest), digest, None)


def sign(secret: bytes, algorithm: str, message: bytes, digested: bool) -> bytes:
    """A signature. `digested`: the message is its digest already, of the algorithm's length."""
    key = _loaded(secret)
    digest = digest_of(algorithm)
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(message, _padding(algorithm, digest), Prehashed(digest) if digested else digest)
    return key.sign(message, ec.ECDSA(Prehashed(digest) if digested else digest))


def verify(secret: bytes, algorithm: str, message: bytes, digested: bool, signature: bytes) -> bool:
    """Whether a signature is this key's."""
    key = _loaded(secret).public_key()
    digest = digest_of(algorithm)
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, message, _padding(algorithm, digest), Prehashed(digest) if digested else digest)
        else:
            key.verify(signature, message, ec.ECDSA(Prehashed(digest) if digested else digest))
    except InvalidSignature:
        return False
    return True


def _padding(algorithm: str, digest: hashes.HashAlgorithm) -> padding.AsymmetricPadding:
    if "PSS" in algorithm:
        return padding.PSS(padding.MGF1(digest), padding.PSS.DIGEST_LENGTH)
    return padding.PKCS1v15()
