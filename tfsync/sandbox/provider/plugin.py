"""How Terraform starts a provider: HashiCorp's go-plugin handshake, and the end of the process.

A plugin prints one line on stdout (protocol versions, where it listens, its certificate) and serves
gRPC there until Terraform says Shutdown. Three things that a plugin must get right and that are easy
to get wrong:

- Ctrl-C reaches the whole process group. Terraform wants to end the running create in peace, so the
  provider ignores the signal.
- A killed terraform sends no Shutdown. The provider watches its parent and goes with it.
- Terraform offers a client certificate on a curve (P-521) that gRPC's TLS library does not take, so
  the server must not ask for one.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tfsync.sandbox.provider.certificate import certificate
from tfsync.sandbox.provider.service import PROTOCOL, handlers

# Public: every provider carries it, so that a person who runs the binary by hand gets a message.
_COOKIE: Final = (
    "TF_PLUGIN_MAGIC_COOKIE",
    "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2",
)
_CORE_PROTOCOL: Final = 1
_WATCH_SECONDS: Final = 0.25
# Learned before anything else: a parent that dies while we start must be missed, too.
_PARENT: Final = os.getppid()
_ADDRESS: Final = "registry.terraform.io/hashicorp/azurerm"


def serve(version: str, kept_certificate: Path | None) -> int:
    """Serve as Terraform's child until told to shut down. Returns the exit code."""
    if os.environ.get(_COOKIE[0]) != _COOKIE[1]:
        sys.stderr.write("This is a stand-in Terraform provider: Terraform starts it.\n")
        return 1
    pair = certificate(kept_certificate)
    with _server(version, (pair.key, pair.certificate)) as (socket, stop):
        line = f"{_CORE_PROTOCOL}|{PROTOCOL}|unix|{socket}|grpc|{pair.announced}"
        print(line, flush=True)  # noqa: T201 (the handshake is a line on stdout)
        _until_over(stop)
    return 0


def serve_reattached(version: str) -> int:
    """Serve many terraform commands as one process; print what TF_REATTACH_PROVIDERS has to hold."""
    with _server(version, None) as (socket, stop):
        endpoint = {
            "Protocol": "grpc",
            "ProtocolVersion": PROTOCOL,
            "Pid": os.getpid(),
            "Test": True,
            "Addr": {"Network": "unix", "String": socket},
        }
        print(json.dumps({_ADDRESS: endpoint}), flush=True)  # noqa: T201
        _until_over(stop)
    return 0


@contextmanager
def _server(version: str, tls: tuple[bytes, bytes] | None) -> Iterator[tuple[str, threading.Event]]:
    """A running server: the path of its socket, and the event that ends it."""
    from concurrent.futures import ThreadPoolExecutor

    import grpc  # type: ignore[import-untyped]

    stop = threading.Event()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    with tempfile.TemporaryDirectory(prefix="tfsync-provider-") as folder:
        socket = f"{folder}/grpc"
        # Terraform works on ten resources at a time; a create holds its thread until Azure is done.
        server = grpc.server(ThreadPoolExecutor(16), options=[("grpc.max_receive_message_length", -1)])
        server.add_generic_rpc_handlers(handlers(version, stop.set))
        if tls:
            server.add_secure_port(f"unix:{socket}", grpc.ssl_server_credentials([tls]))
        else:
            server.add_insecure_port(f"unix:{socket}")
        server.start()
        yield socket, stop
        server.stop(grace=0.2).wait()


def _until_over(stop: threading.Event) -> None:
    while not stop.wait(_WATCH_SECONDS) and os.getppid() == _PARENT:
        pass
