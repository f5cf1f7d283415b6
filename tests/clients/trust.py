"""A server that answers HTTPS under chosen names, and what its clients must trust: verifiers fetch the certificate that
notifications are signed with over HTTPS only."""

from __future__ import annotations

import datetime
import socket
from pathlib import Path
from typing import Any

import boto3
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.support import CREDENTIALS, Server

AWS_NAME = "sns.us-east-1.amazonaws.com"
"""Verifiers that take no other host must find the server under this one."""


class SecureServer(Server):
    """`secure_url` is its HTTPS address, `certificate` the file that clients trust. With `public` the links and the
    certificate's address in notifications have that host; "{port}" in it is the server's port."""

    def __init__(self, folder: Path, public: str = "") -> None:
        self.certificate, key = certified(folder, "localhost", AWS_NAME)
        self.port = free_port()
        environ = {"CHASQUI_TLS_CERT": str(self.certificate), "CHASQUI_TLS_KEY": str(key)}
        if public:
            environ["CHASQUI_PUBLIC_URL"] = public.format(port=self.port)
        super().__init__(folder / "data", "--port", str(self.port), environ=environ)
        self.secure_url = f"https://localhost:{self.port}"

    def secure_client(self, service: str) -> Any:
        """A boto3 client that calls it over HTTPS."""
        return boto3.client(service, endpoint_url=self.secure_url, verify=str(self.certificate), **CREDENTIALS)


def free_port() -> int:
    """A port that nobody has at the moment."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def certified(folder: Path, *names: str) -> tuple[Path, Path]:
    """A certificate for these names, signed by itself, and its key: two PEM files."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(each) for each in names]), critical=False)
        .sign(key, hashes.SHA256())
    )
    certificate, private = folder / "tls.pem", folder / "tls-key.pem"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return certificate, private
