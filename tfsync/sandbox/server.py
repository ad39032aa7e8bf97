"""HTTP over TLS on loopback: reads a request, lets the faults strike, logs it, and writes the answer."""

from __future__ import annotations

import http.server
import json
import socket
import ssl
import struct
import threading
import uuid
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from tfsync.errors import BadInput
from tfsync.sandbox import routes
from tfsync.sandbox.cloud import Cloud
from tfsync.sandbox.faults import Faults
from tfsync.sandbox.requestlog import RequestLog
from tfsync.sandbox.wire import Answer, Injection, Refused, Request, gateway_error

HOST = "127.0.0.1"
_HANDSHAKE_SECONDS = 30


class Server(http.server.ThreadingHTTPServer):
    """Serves a cloud, one thread for each connection. Port 0 takes a free one.

    Raises BadInput when the port cannot be had.
    """

    daemon_threads = True

    def __init__(self, port: int, tls: ssl.SSLContext, cloud: Cloud, faults: Faults, log: RequestLog) -> None:
        self.cloud, self.faults, self.log = cloud, faults, log
        self._tls = tls
        self._open: set[socket.socket] = set()
        self._open_lock = threading.Lock()
        try:
            super().__init__((HOST, port), _Handler)
        except (OSError, OverflowError) as error:
            raise BadInput(
                f"cannot listen on port {port}: {getattr(error, 'strerror', None) or error}",
                hint="Give another --port, or 0 for a free one.",
            ) from None

    def get_request(self) -> tuple[socket.socket, Any]:
        """Accept without the handshake: a slow client may keep its own thread waiting, not this one."""
        connection, address = self.socket.accept()
        secured = self._tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        with self._open_lock:
            self._open.add(secured)
        return secured, address

    def shutdown_request(self, request: Any) -> None:
        with self._open_lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up, or does not trust us, is no error of ours; anything else is a bug."""
        import sys

        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)

    def stop(self) -> None:
        """Accept no more, and hang up on every client that keeps its connection open."""
        self.shutdown()
        with self._open_lock:
            connections = list(self._open)
        for connection in connections:
            _hang_up(connection)


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Buffered answers and no Nagle: without these two, small answers wait for delayed ACKs.
    wbufsize = -1
    disable_nagle_algorithm = True

    server: Server
    server_version = "tfsync-sandbox"
    sys_version = ""

    def setup(self) -> None:
        self.request.settimeout(_HANDSHAKE_SECONDS)
        self.request.do_handshake()
        self.request.settimeout(None)
        super().setup()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it so
        """Nothing on stderr; DIR/requests.jsonl has it all."""

    def _serve(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            body = self._body(headers)
            injection = self.server.faults.inject(self.command, self.path)
        except Refused as refused:
            self._finish(None, headers, refused.answer)
            return
        except BadInput as error:  # faults.json was changed to something that is no list of faults
            self._finish(None, headers, gateway_error(500, "InvalidFaults", str(error)))
            return
        if injection.reset == "before":
            self._reset(body, headers)
            return
        try:
            request = self._request(headers, body, injection)
            answer = injection.answer or routes.dispatch(self.server.cloud, request)
        except Exception as error:
            # A bug of the sandbox: its client is told, and the traceback goes to stderr.
            message = f"The sandbox failed: {type(error).__name__}."
            self._finish(body, headers, gateway_error(500, "SandboxFailed", message))
            self.wfile.flush()
            raise
        if injection.reset:
            self._reset(body, headers)
        else:
            self._finish(body, headers, answer)

    do_GET = do_HEAD = do_PUT = do_POST = do_PATCH = do_DELETE = _serve  # noqa: N815

    def _body(self, headers: dict[str, str]) -> Any:
        if "chunked" in headers.get("transfer-encoding", ""):
            self.close_connection = True
            raise Refused(gateway_error(411, "LengthRequired", "A Content-Length header is required."))
        raw = self.rfile.read(int(headers.get("content-length") or 0))
        return _parsed(raw, headers.get("content-type", ""))

    def _request(self, headers: dict[str, str], body: Any, injection: Injection) -> Request:
        parts = urlsplit(self.path)
        return Request(
            method=self.command,
            target=self.path,
            path=unquote(parts.path).rstrip("/") or "/",
            query=dict(parse_qsl(parts.query, keep_blank_values=True)),
            headers=headers,
            body=body,
            origin=f"https://{headers.get('host') or f'localhost:{self.server.server_port}'}",
            injection=injection,
        )

    def _finish(self, body: Any, headers: dict[str, str], answer: Answer) -> None:
        self.server.log.write(self.command, self.path, body, headers, answer.status)
        self._write(answer)

    def _write(self, answer: Answer) -> None:
        content = b"" if answer.body is None else json.dumps(answer.body).encode()
        self.send_response(answer.status, HTTPStatus(answer.status).phrase)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("x-ms-request-id", str(uuid.uuid4()))
        if content:
            self.send_header("Content-Type", "application/json; charset=utf-8")
        if answer.status != HTTPStatus.NO_CONTENT:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def _reset(self, body: Any, headers: dict[str, str]) -> None:
        self.server.log.write(self.command, self.path, body, headers, None)
        self.close_connection = True
        # A linger time of zero makes closing send a reset instead of an orderly end.
        self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        _hang_up(self.request)


def _parsed(raw: bytes, content_type: str) -> Any:
    """The body: a form as a mapping, anything else as JSON."""
    if not raw:
        return None
    if "x-www-form-urlencoded" in content_type.lower():
        return dict(parse_qsl(raw.decode(errors="replace"), keep_blank_values=True))
    try:
        return json.loads(raw)
    except ValueError:
        message = "The request content was invalid and could not be deserialized."
        raise Refused(gateway_error(400, "InvalidRequestContent", message)) from None


def _hang_up(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return
