"""The loopback ARM as one object: files in a directory, a server in threads, and a door for tests."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any

from tfsync.sandbox import certificates, environment, etags
from tfsync.sandbox.cloud import Cloud
from tfsync.sandbox.faults import Faults
from tfsync.sandbox.operations import Operations
from tfsync.sandbox.requestlog import RequestLog
from tfsync.sandbox.server import Server
from tfsync.sandbox.store import Store, replace
from tfsync.sandbox.wire import Body

# Long enough to be seen in progress, short enough for a demo of several operations.
OPERATION_SECONDS = 0.5

Fault = str | Mapping[str, Any]


class Sandbox:
    """A loopback ARM on `directory`, serving from `with` to the end of its block.

    `port` 0 takes a free one. `faults` are as on the command line (`tfsync.sandbox.faults`).
    `operation_seconds` is how long a create or update takes; a delete takes no time.

    In the directory: state.json, requests.jsonl, faults.json (read, if it is there), env.sh, tls/.
    Raises BadInput when the directory or the port cannot be used, or a fault is wrong.
    """

    def __init__(
        self,
        directory: Path,
        *,
        port: int = 0,
        faults: Sequence[Fault] = (),
        operation_seconds: float = OPERATION_SECONDS,
    ) -> None:
        self.directory = directory.absolute()
        self._asked_port = port
        self._faults_given = faults
        self._operation_seconds = operation_seconds
        self._server: Server | None = None

    def __enter__(self) -> Sandbox:
        with ExitStack() as undo:
            store = Store(self.directory)
            undo.callback(store.close)
            faults = Faults(self.directory / "faults.json", self._faults_given)
            files = certificates.make(self.directory / "tls")
            log = RequestLog(self.directory / "requests.jsonl")
            undo.callback(log.close)
            cloud = Cloud(store, Operations(store), self._operation_seconds)
            server = Server(self._asked_port, certificates.server_context(files), cloud, faults, log)
            undo.callback(server.server_close)
            self._server, self._files = server, files
            replace(self.directory / "env.sh", environment.script(self.environment()))
            thread = threading.Thread(
                target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
            )
            thread.start()
            undo.callback(thread.join)
            undo.callback(server.stop)
            self._undo = undo.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._undo.close()
        self._server = None

    @property
    def port(self) -> int:
        """The port it listens on, on 127.0.0.1."""
        return self._running.server_port

    @property
    def url(self) -> str:
        """`https://localhost:PORT`, the resource manager's and the login's address in one."""
        return f"https://localhost:{self.port}"

    @property
    def ca_bundle(self) -> Path:
        """The certificate authorities a client needs, as one PEM file."""
        return self._files.bundle

    def environment(self) -> dict[str, str]:
        """The variables that point terraform and tfsync here, as in env.sh."""
        return environment.variables(self.port, self.ca_bundle)

    def requests(self) -> list[dict[str, Any]]:
        """What arrived, oldest first, as `tfsync.sandbox.requestlog` describes it."""
        return self._running.log.read()

    def put_fault(self, fault: Fault) -> None:
        """Add a fault. Raises BadInput when it is none."""
        self._running.faults.add(fault)

    def clear_faults(self) -> None:
        """Forget the faults given in code; those in faults.json stay."""
        self._running.faults.clear()

    def body(self, arm_id: str) -> Body:
        """The stored body of a resource, eTag included. KeyError when there is none."""
        cloud = self._running.cloud
        cloud.operations.settle()
        body = cloud.store.get(arm_id)
        if body is None:
            raise KeyError(arm_id)
        return body

    def replace_body(self, arm_id: str, body: Mapping[str, Any]) -> None:
        """Put a body there as it is, behind every client's back: a change by someone else.

        It gets new eTags, and no rule is applied. A resource that is not there comes to be.
        """
        changed: Body = {**body}
        if "/agentpools/" in arm_id.lower():
            changed["properties"] = {**changed["properties"], "eTag": etags.new_etag()}
        store = self._running.cloud.store
        with store.lock:
            store.put(arm_id, changed)
            if arm_id.lower().rsplit("/", 2)[-2] == "managedclusters":
                stored = store.get(arm_id)
                assert stored is not None
                etags.renew_all(stored)
                store.put(arm_id, stored)

    def remove(self, arm_id: str) -> None:
        """Take a resource away, behind every client's back."""
        self._running.cloud.store.remove(arm_id)

    @property
    def _running(self) -> Server:
        if self._server is None:
            raise RuntimeError("the sandbox is not running: use it in a with block")
        return self._server


def serve(
    directory: Path,
    port: int,
    faults: Sequence[Fault] = (),
    on_ready: Callable[[Sandbox], None] = lambda sandbox: None,
    *,
    operation_seconds: float = OPERATION_SECONDS,
) -> None:
    """Serve in the foreground until interrupted. `on_ready` is called once, when it answers.

    A KeyboardInterrupt ends it quietly. Raises BadInput as `Sandbox` does.
    """
    with Sandbox(directory, port=port, faults=faults, operation_seconds=operation_seconds) as sandbox:
        on_ready(sandbox)
        try:
            while True:
                time.sleep(3600)
        except KeyboardInterrupt:
            return
