"""A Go client takes the sandbox's certificates: terraform itself, as azurerm is no part of these tests."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tfsync.sandbox import Sandbox

TERRAFORM = shutil.which("terraform")


@pytest.mark.skipif(TERRAFORM is None, reason="needs terraform on PATH")
@pytest.mark.parametrize("trusting", [True, False])
def test_terraform_reaches_it_over_tls_with_the_bundle_of_env_sh(
    sandbox: Sandbox, tmp_path: Path, trusting: bool
) -> None:
    """Its http backend asks for a state, and takes the 404 for an empty one."""
    backend = f'terraform {{\n  backend "http" {{\n    address = "{sandbox.url}/state"\n  }}\n}}\n'
    (tmp_path / "main.tf").write_text(backend)
    assert TERRAFORM is not None
    variables = sandbox.environment() if trusting else {}
    ended = subprocess.run(
        [TERRAFORM, "init", "-input=false", "-no-color"],
        cwd=tmp_path,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode == 0) is trusting, ended.stderr
    if trusting:
        assert {(line["path"], line["status"]) for line in sandbox.requests()} == {("/state", 404)}
    else:
        assert "certificate" in ended.stderr
