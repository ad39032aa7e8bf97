"""A loopback Azure, and an Arm that is signed in to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.azure.loopback import CLIENT, SECRET, SUBSCRIPTION, TENANT, CertificateAuthority, Loopback
from tfsync.azure import Arm, Progress, from_environment


@dataclass
class Waited:
    """What an Arm said while it waited, and for how long it would have slept."""

    progress: list[Progress] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)

    @property
    def said(self) -> list[str]:
        return [progress.what for progress in self.progress]


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> CertificateAuthority:
    return CertificateAuthority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def azure(authority: CertificateAuthority, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    # What the machine has set must not decide a test.
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    loopback = Loopback(authority)
    yield loopback
    loopback.close()


@pytest.fixture
def env(azure: Loopback, authority: CertificateAuthority) -> dict[str, str]:
    """The environment of somebody whose cloud is the loopback one, without a way to sign in."""
    return {
        "ARM_METADATA_HOSTNAME": azure.host,
        "ARM_TENANT_ID": TENANT,
        "ARM_SUBSCRIPTION_ID": SUBSCRIPTION,
        "SSL_CERT_FILE": str(authority.bundle),
    }


@pytest.fixture
def waited() -> Waited:
    return Waited()


@pytest.fixture
def make_arm(env: dict[str, str], waited: Waited) -> Iterator[Callable[..., Arm]]:
    """Arms that never really sleep; a test may change the environment or the time limit."""
    made = []

    def make(more: dict[str, str] | None = None, **options: Any) -> Arm:
        signed_in = {**env, "ARM_CLIENT_ID": CLIENT, "ARM_CLIENT_SECRET": SECRET, **(more or {})}
        options = {"sleep": waited.slept.append, "on_progress": waited.progress.append, **options}
        made.append(Arm(from_environment(signed_in), **options))
        return made[-1]

    yield make
    for arm in made:
        arm.close()


@pytest.fixture
def arm(make_arm: Callable[..., Arm]) -> Arm:
    return make_arm()
