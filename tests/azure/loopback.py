"""Azure on loopback for tests: real HTTPS under an authority of its own, and answers that a test chooses.

No meaning in here: it answers what it was told to, writes down what it was asked, and knows by itself only
how a login host and a cloud's metadata look.
"""

from __future__ import annotations

import datetime
import ipaddress
import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

TENANT = "11111111-1111-1111-1111-111111111111"
CLIENT = "22222222-2222-2222-2222-222222222222"
SUBSCRIPTION = "00000000-0000-0000-0000-000000000000"
# Looks like a token, and is easy to find where it must not be.
TOKEN = "eyJhbGciOiJub25lIn0.CANARY-access-token.c2ln"
SECRET = "CANARY-client-secret"


@dataclass
class Asked:
    """A request as it arrived."""

    method: str
    target: str  # path and query, to the letter
    headers: Message
    raw: bytes

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, list[str]]:
        return parse_qs(urlsplit(self.target).query)

    @property
    def body(self) -> Any:
        return json.loads(self.raw)

    @property
    def form(self) -> dict[str, str]:
        return {key: values[0] for key, values in parse_qs(self.raw.decode()).items()}


@dataclass
class Answer:
    """What to answer. `reset` tears the connection down instead, `broken` half-way through the body."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    reset: bool = False
    broken: bool = False


Reply = Answer | Callable[[Asked], Answer]


class Loopback:
    """One server that plays Resource Manager, the login host and the metadata host."""

    def __init__(self, authority: CertificateAuthority) -> None:
        self.asked: list[Asked] = []
        self._routes: dict[tuple[str, str], list[Reply]] = {}
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign]
        self._server.socket = authority.server_context().wrap_socket(self._server.socket, server_side=True)
        self.host = f"localhost:{self._server.server_address[1]}"
        self.url = f"https://{self.host}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        self.on("GET", "/metadata/endpoints", Answer(body=self.metadata()))
        issuer = f"{self.url}/{TENANT}/v2.0"
        openid = {
            "issuer": issuer,
            "authorization_endpoint": f"{self.url}/{TENANT}/oauth2/v2.0/authorize",
            "token_endpoint": f"{self.url}/{TENANT}/oauth2/v2.0/token",
        }
        self.on("GET", f"/{TENANT}/v2.0/.well-known/openid-configuration", Answer(body=openid))
        token = {"token_type": "Bearer", "expires_in": 86399, "access_token": TOKEN}
        self.on("POST", f"/{TENANT}/oauth2/v2.0/token", Answer(body=token))

    def metadata(self) -> dict[str, Any]:
        return {
            "name": "Loopback",
            "resourceManager": f"{self.url}/",
            "authentication": {
                "loginEndpoint": f"{self.url}/",
                "audiences": [self.url, "https://management.azure.com"],
                "identityProvider": "AAD",
                "tenant": "common",
            },
        }

    def on(self, method: str, path: str, *replies: Reply) -> None:
        """Answer these one after the other, then the last one for ever."""
        self._routes[method, path.lower()] = list(replies)

    def requests(self, method: str, path: str | None = None) -> list[Asked]:
        """What was asked, in order."""
        return [a for a in self.asked if a.method == method and (path is None or a.path == path)]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def reply(self, asked: Asked) -> Answer:
        with self._lock:
            self.asked.append(asked)
            replies = self._routes.get((asked.method, asked.path.lower()))
            if not replies:
                return Answer(404, {"error": {"code": "NoRoute", "message": f"nothing at {asked.path}"}})
            reply = replies.pop(0) if len(replies) > 1 else replies[0]
        return reply(asked) if callable(reply) else reply


def _handler(loopback: Loopback) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1
        disable_nagle_algorithm = True

        def _any(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            answer = loopback.reply(Asked(self.command, self.path, self.headers, raw))
            if answer.reset:
                # Linger 0 makes the close a TCP reset.
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.connection.close()
                self.close_connection = True
                return
            content = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
            content = b"" if answer.body is None else content
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value.replace("{url}", loopback.url))
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content) + (100 if answer.broken else 0)))
            self.end_headers()
            self.wfile.write(content)
            self.wfile.flush()
            self.close_connection = answer.broken

        do_GET = do_PUT = do_POST = do_PATCH = do_DELETE = _any

        def log_message(self, *_: Any) -> None:
            pass

    return Handler


class CertificateAuthority:
    """A throw-away authority, its bundle on disk, and a server certificate for localhost."""

    def __init__(self, folder: Path) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Loopback test authority")])
        self._certificate = _certificate(self._name, self._name, self._key.public_key(), self._key, ca=True)
        self.bundle = folder / "ca.pem"
        self.bundle.write_bytes(self._certificate.public_bytes(serialization.Encoding.PEM))
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
        certificate = _certificate(subject, self._name, key.public_key(), self._key, ca=False)
        self._chain = folder / "server.pem"
        self._chain.write_bytes(_pem(key) + certificate.public_bytes(serialization.Encoding.PEM))

    def server_context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._chain)
        return context


def pkcs12(password: str | None) -> bytes:
    """A client certificate with its key, as ARM_CLIENT_CERTIFICATE_PATH names one."""
    from cryptography.hazmat.primitives.serialization import pkcs12 as bundle

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "client")])
    certificate = _certificate(name, name, key.public_key(), key, ca=False)
    encryption: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if password:
        encryption = serialization.BestAvailableEncryption(password.encode())
    return bundle.serialize_key_and_certificates(b"client", key, certificate, None, encryption)


def _certificate(
    subject: x509.Name, issuer: x509.Name, public_key: Any, signer: Any, *, ca: bool
) -> x509.Certificate:
    now = datetime.datetime.now(datetime.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
        )
        .add_extension(x509.KeyUsage(not ca, False, False, False, False, ca, ca, False, False), critical=True)
    )
    if not ca:
        names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False).add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False
        )
    return builder.sign(signer, hashes.SHA256())


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
