"""Putting the stand-in where Terraform looks for hashicorp/azurerm."""

from __future__ import annotations

import json
import os
import platform
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from tfsync.errors import BadInput, TfsyncError
from tfsync.sandbox.provider.versions import known

_SOURCE: Final = "registry.terraform.io/hashicorp/azurerm"
_NEEDS: Final = ("cryptography", "grpc", "google.protobuf", "msgpack")
_MACHINES: Final = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
_SYSTEMS: Final = ("linux", "darwin")
_END_SECONDS: Final = 5.0


def install(directory: Path, version: str) -> Path:
    """Install azurerm `version` (one of VERSIONS) under `directory`; several can stand side by side.

    Returns the CLI configuration file that TF_CLI_CONFIG_FILE must name. Terraform then takes
    hashicorp/azurerm from here and every other provider from its registry. Raises BadInput when the
    extra `tfsync[sandbox]` is missing or Terraform's plugins do not work this way on the platform.
    """
    known(version)
    _check_extra()
    directory = directory.resolve()
    mirror = directory / "mirror"
    package = mirror / _SOURCE / version / _platform()
    package.mkdir(parents=True, exist_ok=True)
    # Terraform hashes the package into the lock file: two lines that never change, whatever tfsync does.
    stub = package / f"terraform-provider-azurerm_v{version}"
    command = [sys.executable, "-I", "-m", "tfsync.sandbox.provider", version]
    command += ["--certificate", str(directory / "provider.pem")]
    _write(stub, f"#!/bin/sh\nexec {shlex.join(command)}\n", 0o755)
    config = directory / "terraform.rc"
    _write(config, _CONFIG.format(mirror=_quoted(str(mirror)), source=_quoted(_SOURCE)), 0o644)
    return config


_CONFIG: Final = """\
# Written by tfsync: hashicorp/azurerm is the sandbox's stand-in, everything else is as usual.
disable_checkpoint = true

provider_installation {{
  filesystem_mirror {{
    path    = {mirror}
    include = [{source}]
  }}
  direct {{
    exclude = [{source}]
  }}
}}
"""


@contextmanager
def reattached(version: str, environment: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Serve azurerm `version` from one process as long as the context lasts.

    Yields `environment` (which the provider gets, too) with TF_REATTACH_PROVIDERS added: terraform then
    starts no provider, ignores version constraints, and a command takes a tenth of the time.
    """
    known(version)
    _check_extra()
    command = [sys.executable, "-I", "-m", "tfsync.sandbox.provider", version, "--reattach"]
    with subprocess.Popen(command, env=dict(environment), stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            if not line:
                raise TfsyncError("the stand-in provider did not start")
            yield {**environment, "TF_REATTACH_PROVIDERS": line.strip()}
        finally:
            process.terminate()
            try:
                process.wait(_END_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


def _check_extra() -> None:
    missing = [name for name in _NEEDS if not _importable(name)]
    if missing:
        raise BadInput(
            f"the sandbox needs packages that are not installed: {', '.join(missing)}",
            hint="Install the extra: pip install 'tfsync[sandbox]'",
        )


def _importable(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:
        return False


def _platform() -> str:
    system, machine = platform.system().lower(), platform.machine().lower()
    if system not in _SYSTEMS or machine not in _MACHINES:
        raise BadInput(
            f"the stand-in provider does not run on {system} {machine}",
            hint="It runs on Linux and macOS, on amd64 and arm64.",
        )
    return f"{system}_{_MACHINES[machine]}"


def _quoted(text: str) -> str:
    """A string of HCL: as in JSON, but `${` begins a template."""
    return json.dumps(text, ensure_ascii=False).replace("${", "$${")


def _write(path: Path, text: str, mode: int) -> None:
    """Write a file at once, so that a terraform that runs meanwhile never sees half of it."""
    if path.exists() and path.read_text() == text:
        return
    part = path.with_name(f".{path.name}.{os.getpid()}")
    part.write_text(text)
    part.chmod(mode)
    part.replace(path)
