"""The certificate of the provider's own server.

Terraform starts a plugin with "automatic TLS": the plugin announces its certificate, Terraform trusts
that one only. Making a key costs more than the rest of the start, and terraform starts a provider two
to four times per command, so the pair is kept in a private file beside the mirror. It opens nothing
but a socket in a private folder on this machine.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

_VALID_DAYS = 30
# Made anew when less than this is left, so that no run ends with an expired one.
_MARGIN_SECONDS = 86400.0

_BEGIN, _END = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"


@dataclass(frozen=True)
class Certificate:
    """A private key and its self-signed certificate, both PEM."""

    key: bytes
    certificate: bytes

    @property
    def announced(self) -> str:
        """The certificate as go-plugin's handshake line has it: DER in base64 without padding."""
        body = self.certificate.decode().split(_BEGIN)[1].split(_END)[0]
        return "".join(body.split()).rstrip("=")


def certificate(cache: Path | None) -> Certificate:
    """The certificate kept at `cache`, or a new one, kept there (mode 0600) for the next start."""
    if cache and (kept := _kept(cache)):
        return kept
    made = _make()
    if cache:
        # A file of our own, then a rename: terraform may start several providers at once.
        part = cache.with_name(f"{cache.name}.{os.getpid()}")
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(made.key + made.certificate)
        part.replace(cache)
    return made


def _kept(cache: Path) -> Certificate | None:
    try:
        status = cache.stat()
        if time.time() - status.st_mtime > _VALID_DAYS * 86400 - _MARGIN_SECONDS or status.st_mode & 0o077:
            return None
        key, found, rest = cache.read_bytes().partition(_BEGIN.encode())
    except OSError:
        return None
    return Certificate(key, found + rest) if found and _END.encode() in rest else None


def _make() -> Certificate:
    from datetime import UTC, datetime, timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=_VALID_DAYS))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    return Certificate(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ),
        signed.public_bytes(serialization.Encoding.PEM),
    )
