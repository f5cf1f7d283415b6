"""MACs, signatures and RSA, checked with `cryptography` on the client's side."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

from tests.unit.kms.conftest import new_key, refusal

CURVES = [
    ("ECC_NIST_P256", "ECDSA_SHA_256"),
    ("ECC_NIST_P384", "ECDSA_SHA_384"),
    ("ECC_NIST_P521", "ECDSA_SHA_512"),
    ("ECC_SECG_P256K1", "ECDSA_SHA_256"),
]
RSA = [f"RSASSA_{way}_SHA_{bits}" for way in ("PSS", "PKCS1_V1_5") for bits in (256, 384, 512)]


@pytest.mark.parametrize("bits", [224, 256, 384, 512])
def test_a_mac_is_verified(kms: Any, bits: int) -> None:
    key = new_key(kms, KeySpec=f"HMAC_{bits}", KeyUsage="GENERATE_VERIFY_MAC")
    how = {"KeyId": key, "MacAlgorithm": f"HMAC_SHA_{bits}"}

    mac = kms.generate_mac(Message=b"hello", **how)["Mac"]

    assert len(mac) == bits // 8
    assert kms.verify_mac(Message=b"hello", Mac=mac, **how)["MacValid"] is True
    assert refusal(kms.verify_mac, Message=b"hallo", Mac=mac, **how) == ("KMSInvalidMacException", "")


def test_an_algorithm_of_another_spec_is_told(kms: Any) -> None:
    key = new_key(kms, KeySpec="HMAC_224", KeyUsage="GENERATE_VERIFY_MAC")

    told = refusal(kms.generate_mac, KeyId=key, Message=b"x", MacAlgorithm="HMAC_SHA_256")

    message = "Algorithm HMAC_SHA_256 is incompatible with key spec HMAC_224."
    assert told == ("InvalidKeyUsageException", message)


def test_a_key_of_another_usage_is_told(kms: Any, key: str) -> None:
    mac = new_key(kms, KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")
    signing = new_key(kms, KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")

    for told, message in (
        (
            refusal(kms.generate_mac, KeyId=key, Message=b"x", MacAlgorithm="HMAC_SHA_256"),
            f"{key} key usage is ENCRYPT_DECRYPT which is not valid for GenerateMac.",
        ),
        (
            refusal(kms.sign, KeyId=mac, Message=b"x", SigningAlgorithm="ECDSA_SHA_256"),
            f"{mac} key usage is GENERATE_VERIFY_MAC which is not valid for Sign.",
        ),
        (
            refusal(kms.encrypt, KeyId=signing, Plaintext=b"x"),
            f"{signing} key usage is SIGN_VERIFY which is not valid for Encrypt.",
        ),
    ):
        assert told == ("InvalidKeyUsageException", message)


@pytest.mark.parametrize(("spec", "algorithm"), CURVES)
def test_a_curves_signature_is_verified_by_anybody(kms: Any, spec: str, algorithm: str) -> None:
    how = {"KeyId": new_key(kms, KeySpec=spec, KeyUsage="SIGN_VERIFY"), "SigningAlgorithm": algorithm}
    digest = getattr(hashes, algorithm[6:].replace("_", ""))()

    signature = kms.sign(Message=b"hello", **how)["Signature"]

    public = load_der_public_key(kms.get_public_key(KeyId=how["KeyId"])["PublicKey"])
    assert isinstance(public, ec.EllipticCurvePublicKey)
    public.verify(signature, b"hello", ec.ECDSA(digest))
    assert kms.verify(Message=b"hello", Signature=signature, **how)["SignatureValid"] is True
    bad = refusal(kms.verify, Message=b"hallo", Signature=signature, **how)
    assert bad == ("KMSInvalidSignatureException", "")


def test_rsa_signs_in_every_way(kms: Any) -> None:
    key = new_key(kms, KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")
    public = load_der_public_key(kms.get_public_key(KeyId=key)["PublicKey"])
    assert isinstance(public, rsa.RSAPublicKey)
    for algorithm in RSA:
        digest = getattr(hashes, f"SHA{algorithm[-3:]}")()
        raw = hashlib.new(f"sha{algorithm[-3:]}", b"hello").digest()
        how = {"KeyId": key, "SigningAlgorithm": algorithm}

        signature = kms.sign(Message=raw, MessageType="DIGEST", **how)["Signature"]

        pss = padding.PSS(padding.MGF1(digest), padding.PSS.DIGEST_LENGTH)
        public.verify(signature, b"hello", pss if "PSS" in algorithm else padding.PKCS1v15(), digest)
        assert kms.verify(Message=b"hello", Signature=signature, **how)["SignatureValid"] is True
        short = refusal(kms.sign, Message=b"short", MessageType="DIGEST", **how)
        assert short == ("ValidationException", f"Digest is invalid length for algorithm {algorithm}.")


@pytest.mark.parametrize(("algorithm", "most"), [("RSAES_OAEP_SHA_1", 214), ("RSAES_OAEP_SHA_256", 190)])
def test_rsa_encrypts(kms: Any, algorithm: str, most: int) -> None:
    key = new_key(kms, KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT")
    how = {"KeyId": key, "EncryptionAlgorithm": algorithm}

    sealed = kms.encrypt(Plaintext=bytes(most), **how)["CiphertextBlob"]

    assert kms.decrypt(CiphertextBlob=sealed, **how)["Plaintext"] == bytes(most)
    assert refusal(kms.decrypt, CiphertextBlob=sealed[:-1] + b"\0", **how)[0] == "InvalidCiphertextException"
    too_long = refusal(kms.encrypt, Plaintext=bytes(most + 1), **how)
    expected = f"Algorithm {algorithm} and key spec RSA_2048 cannot encrypt data larger than {most} bytes."
    assert too_long == ("ValidationException", expected)
