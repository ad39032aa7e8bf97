"""Installing the stand-in, starting it, and how it talks to the sandbox."""

from __future__ import annotations

import json
import os
import platform
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tfsync.errors import BadInput
from tfsync.sandbox import Sandbox
from tfsync.sandbox.provider import VERSIONS, install, installation
from tfsync.sandbox.provider.arm import Arm, Identity
from tfsync.sandbox.provider.certificate import certificate
from tfsync.sandbox.provider.errors import ProviderError

API = "2025-10-01"
IDENTITY = Identity(tenant="11111111-1111-1111-1111-111111111111", client="c", secret="s", subscription="0")
CLUSTER = "/subscriptions/0/resourceGroups/rg/providers/Microsoft.ContainerService/managedClusters/aks"


def packages(directory: Path) -> list[Path]:
    return sorted(path for path in (directory / "mirror").rglob("terraform-provider-*"))


def test_versions_stand_side_by_side_under_one_configuration(tmp_path: Path) -> None:
    configs = {install(tmp_path, version) for version in VERSIONS}
    assert len(configs) == 1
    assert [path.name.rpartition("_v")[2] for path in packages(tmp_path)] == sorted(VERSIONS)


def test_installing_again_leaves_the_files_as_they_are(tmp_path: Path) -> None:
    # Terraform keeps a hash of the package: a file that changed would make a folder unusable.
    install(tmp_path, "5.2.0")
    before = {path: path.stat().st_mtime_ns for path in packages(tmp_path)}
    install(tmp_path, "5.2.0")
    assert {path: path.stat().st_mtime_ns for path in packages(tmp_path)} == before


def test_the_stub_is_a_shell_script_that_survives_any_path(tmp_path: Path) -> None:
    directory = tmp_path / "a 'quoted' ${path}"
    config = install(directory, "5.2.0")
    (stub,) = packages(directory)
    assert stub.stat().st_mode & stat.S_IXUSR
    assert stub.read_text().startswith("#!/bin/sh\nexec ")
    assert stub.read_text().count("\n") == 2
    started = subprocess.run([stub], capture_output=True, text=True, check=False)
    assert started.returncode == 1
    assert "Terraform starts it" in started.stderr
    assert "$${path}" in config.read_text()


def test_a_version_without_a_stand_in_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"there is no stand-in for azurerm 4\.0\.0") as caught:
        install(tmp_path, "4.0.0")
    assert "5.2.0" in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_a_missing_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installation, "_NEEDS", ("grpc", "no_such_package.at_all"))
    with pytest.raises(BadInput, match=r"not installed: no_such_package\.at_all") as caught:
        install(tmp_path, "5.2.0")
    assert caught.value.hint == "Install the extra: pip install 'tfsync[sandbox]'"


def test_a_platform_without_such_plugins_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "system", lambda: "Windows")
    with pytest.raises(BadInput, match="does not run on windows"):
        install(tmp_path, "5.2.0")


def test_the_certificate_is_kept_in_a_private_file(tmp_path: Path) -> None:
    kept = tmp_path / "provider.pem"
    first = certificate(kept)
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert certificate(kept) == first


def test_a_certificate_that_others_can_read_or_that_is_broken_is_made_anew(tmp_path: Path) -> None:
    kept = tmp_path / "provider.pem"
    first = certificate(kept)
    kept.chmod(0o644)
    second = certificate(kept)
    assert second != first
    kept.write_bytes(b"not a certificate")
    kept.chmod(0o600)
    assert certificate(kept) not in (first, second)


def test_a_certificate_is_made_anew_before_it_expires(tmp_path: Path) -> None:
    kept = tmp_path / "provider.pem"
    first = certificate(kept)
    month_ago = kept.stat().st_mtime - 30 * 86400
    os.utime(kept, (month_ago, month_ago))
    assert certificate(kept) != first


def test_starting_loads_nothing_that_a_start_does_not_need() -> None:
    # terraform starts a provider two to four times per command.
    heavy = ("grpc", "google.protobuf", "cryptography", "yaml", "http.client", "ssl", "subprocess", "hcl2")
    script = "import json, sys, tfsync.sandbox.provider.__main__; print(json.dumps(sorted(sys.modules)))"
    loaded = subprocess.run([sys.executable, "-I", "-c", script], capture_output=True, text=True, check=True)
    assert not set(heavy) & set(json.loads(loaded.stdout))


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    with Sandbox(tmp_path / "sandbox", operation_seconds=0) as running:
        yield running


@pytest.fixture
def arm(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Arm:
    environment = sandbox.environment()
    monkeypatch.setenv("SSL_CERT_FILE", environment["SSL_CERT_FILE"])
    return Arm(environment["ARM_METADATA_HOSTNAME"], IDENTITY, (5, 2, 0))


@pytest.mark.parametrize("host", ["management.azure.com", "", "10.0.0.1:443", "localhost.example.com"])
def test_it_never_talks_to_anything_but_this_machine(host: str) -> None:
    with pytest.raises(ProviderError, match="does not talk to") as caught:
        Arm(host, IDENTITY, (5, 2, 0))
    assert "ARM_METADATA_HOSTNAME" in caught.value.detail


def test_what_is_not_there_is_none(arm: Arm) -> None:
    assert arm.get(CLUSTER, API) is None
    arm.delete(CLUSTER, API)


def test_it_waits_when_azure_is_busy(arm: Arm, sandbox: Sandbox) -> None:
    sandbox.put_fault(
        {"fault": "429", "match": {"method": "GET", "path": "managedClusters"}, "retry_after": 0}
    )
    assert arm.get(CLUSTER, API) is None
    assert [one["status"] for one in sandbox.requests() if "managedClusters" in one["path"]] == [429, 404]


def test_azures_own_words_are_in_the_error(arm: Arm) -> None:
    with pytest.raises(ProviderError, match="unexpected status 4") as caught:
        arm.put(CLUSTER, API, {"location": "eastus", "properties": {}})
    assert caught.value.detail


def test_nobody_listening_is_an_error_that_names_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    with pytest.raises(ProviderError, match="https://localhost:1/metadata"):
        Arm("localhost:1", IDENTITY, (5, 2, 0)).get(CLUSTER, API)
