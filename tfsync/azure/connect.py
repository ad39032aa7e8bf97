"""From a plan to the door to ARM, signed in as the provider that planned each resource."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from threading import Event
from typing import Any

from tfsync.azure.arm import Arm, Snapshot
from tfsync.azure.patience import Progress
from tfsync.azure.provider_block import provider_constants
from tfsync.azure.settings import Settings, from_environment
from tfsync.errors import Interrupted
from tfsync.terraform.plan import Plan
from tfsync.triage.references import Configuration

_STOPPED = "stopped while waiting for Azure, which goes on with what it has begun"


class Doors:
    """Several doors that look like one: each ARM id goes through that of its own provider block."""

    def __init__(self, by_arm_id: Mapping[str, Arm], stopped: Event) -> None:
        self._by_arm_id = {arm_id.lower(): arm for arm_id, arm in by_arm_id.items()}
        self._stopped = stopped

    @property
    def requests(self) -> int:
        """HTTP requests sent to ARM so far."""
        return sum(arm.requests for arm in self._each())

    def get(self, arm_id: str, api_version: str) -> Snapshot:
        """See `Arm.get`."""
        return self._of(arm_id).get(arm_id, api_version)

    def put(self, arm_id: str, api_version: str, body: Mapping[str, Any], *, etag: str | None) -> None:
        """See `Arm.put`."""
        self._refuse_stopped()
        self._of(arm_id).put(arm_id, api_version, body, etag=etag)

    def patch(self, arm_id: str, api_version: str, body: Mapping[str, Any]) -> None:
        """See `Arm.patch`."""
        self._refuse_stopped()
        self._of(arm_id).patch(arm_id, api_version, body)

    def wait_until_idle(self, arm_id: str, api_version: str) -> Snapshot:
        """See `Arm.wait_until_idle`."""
        return self._of(arm_id).wait_until_idle(arm_id, api_version)

    def interrupt(self) -> None:
        """Let every thread that waits for Azure raise Interrupted. What Azure has begun goes on there."""
        self._stopped.set()

    def close(self) -> None:
        """Close every door."""
        for arm in self._each():
            arm.close()

    def _refuse_stopped(self) -> None:
        if self._stopped.is_set():
            raise Interrupted(_STOPPED)

    def _of(self, arm_id: str) -> Arm:
        return self._by_arm_id[arm_id.lower()]

    def _each(self) -> Iterator[Arm]:
        return iter({id(arm): arm for arm in self._by_arm_id.values()}.values())


def _silent(_: Progress) -> None:
    """Nobody watches."""


def _until(stopped: Event) -> Callable[[float], None]:
    """A sleep that ends in Interrupted as soon as somebody stops the run."""

    def sleep(seconds: float) -> None:
        if stopped.wait(seconds):
            raise Interrupted(_STOPPED)

    return sleep


@contextmanager
def connect(
    plan: Plan,
    resources: Mapping[str, str],
    env: Mapping[str, str],
    *,
    on_progress: Callable[[Progress], None] = _silent,
) -> Iterator[Doors]:
    """Open the doors for these resources (ARM ids by address). Nothing is asked of Azure yet.

    Raises BadInput where the settings contradict each other, NoCredentials where none work.
    """
    configuration = Configuration(plan.configuration)
    variables = {name: {"value": value} for name, value in plan.variables.items()}
    opened: dict[Settings, Arm] = {}
    stopped = Event()
    routes = {}
    for address, arm_id in resources.items():
        key = configuration.provider_key(address)
        constants = provider_constants(plan.configuration, key, variables)
        settings = from_environment(env, constants)
        if settings not in opened:
            opened[settings] = Arm(settings, on_progress=on_progress, sleep=_until(stopped))
        routes[arm_id] = opened[settings]
    doors = Doors(routes, stopped)
    try:
        yield doors
    finally:
        doors.close()
