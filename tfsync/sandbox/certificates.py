"""The sandbox's own certificate authority, made anew at every start, and a server certificate from it.

The authority's key never leaves memory: nothing else can be signed with it once the server runs. What
clients need is `bundle.pem`: the system's authorities, so that other hosts still verify, and ours.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING

from tfsync.errors import BadInput
from tfsync.sandbox.store import replace

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

_HOSTS = ("localhost",)
_ADDRESSES = ("127.0.0.1", "::1")
_LIFETIME = timedelta(days=365)

# Where systems keep their authorities in one file, after what the environment and OpenSSL name.
_SYSTEM_BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)


@dataclass(frozen=True)
class Certificates:
    """Files in the sandbox's directory, readable by its owner only."""

    authority: Path  # our CA alone
    bundle: Path  # the system's CAs and ours
    chain: Path  # the server's certificate
    key: Path  # the server's private key


def make(directory: Path) -> Certificates:
    """Make an authority and a server certificate for localhost, 127.0.0.1 and ::1, and write the files.

    Raises BadInput without the `cryptography` package.
    """
    try:
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import ec
    except ImportError:
        raise BadInput(
            "the sandbox needs packages that are not installed",
            hint="pip install 'tfsync[sandbox]'",
        ) from None
    directory.mkdir(mode=0o700, exist_ok=True)
    files = Certificates(
        authority=directory / "ca.pem",
        bundle=directory / "bundle.pem",
        chain=directory / "server.pem",
        key=directory / "server.key",
    )
    authority_key = ec.generate_private_key(ec.SECP256R1())
    server_key = ec.generate_private_key(ec.SECP256R1())
    authority = _authority(authority_key)
    server = _server(server_key, authority, authority_key)
    pem = serialization.Encoding.PEM
    authority_text = authority.public_bytes(pem).decode()
    replace(files.authority, authority_text)
    replace(files.bundle, "\n".join([*_system_authorities(files.bundle), authority_text]))
    replace(files.chain, server.public_bytes(pem).decode())
    unprotected = server_key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    replace(files.key, unprotected.decode())
    return files


def server_context(files: Certificates) -> ssl.SSLContext:
    """TLS for the server's side."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(files.chain, files.key)
    return context


def _system_authorities(own: Path) -> Iterable[str]:
    """The text of the first bundle of the system there is; one named in SSL_CERT_FILE goes first."""
    named = os.environ.get("SSL_CERT_FILE")
    candidates = [named, ssl.get_default_verify_paths().openssl_cafile, *_SYSTEM_BUNDLES]
    for candidate in filter(None, candidates):
        path = Path(candidate)
        try:
            # Not our own bundle of the last start: it would hold a dead authority more every time.
            if path.is_file() and not (own.exists() and path.samefile(own)):
                return [path.read_text(encoding="utf-8")]
        except (OSError, UnicodeDecodeError):
            continue
    return []


def _authority(key: EllipticCurvePrivateKey) -> x509.Certificate:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes

    name = _name("tfsync sandbox authority")
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    return (
        _dated(x509.CertificateBuilder())
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(identifier, critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), False)
        .sign(key, hashes.SHA256())
    )


def _server(
    key: EllipticCurvePrivateKey, authority: x509.Certificate, authority_key: EllipticCurvePrivateKey
) -> x509.Certificate:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.x509.oid import ExtendedKeyUsageOID

    hosts = [x509.DNSName(host) for host in _HOSTS]
    addresses = [x509.IPAddress(ip_address(address)) for address in _ADDRESSES]
    issuer_key = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key())
    return (
        _dated(x509.CertificateBuilder())
        .subject_name(_name(_HOSTS[0]))
        .issuer_name(authority.subject)
        .public_key(key.public_key())
        .add_extension(x509.SubjectAlternativeName([*hosts, *addresses]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(issuer_key, critical=False)
        .sign(authority_key, hashes.SHA256())
    )


def _dated(builder: x509.CertificateBuilder) -> x509.CertificateBuilder:
    from cryptography import x509

    now = datetime.now(UTC)
    return (
        builder.serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))  # a container's clock may be behind
        .not_valid_after(now + _LIFETIME)
    )


def _name(common_name: str) -> x509.Name:
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    from cryptography import x509

    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
