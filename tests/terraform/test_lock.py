"""The provider versions in .terraform.lock.hcl."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfsync.errors import BadInput
from tfsync.terraform.binary import Binary
from tfsync.terraform.lock import LOCK_FILE, provider_versions

LOCK = """# This file is maintained automatically by "terraform init".
# Manual edits may be lost in future updates.

provider "registry.terraform.io/hashicorp/azurerm" {
  version     = "5.2.0"
  constraints = ">= 4.0.0, < 6.0.0"
  hashes = [
    "h1:cp3Yb2sGlkDUhWfyWK0nBzkhnq0eC0yYV0LpzpsVHpY=",
    "zh:0f1b3a",
  ]
}

provider "registry.opentofu.org/example/thing" {
  version = "1.0.0-beta.2"
}
"""


def write(root: Path, text: str) -> Path:
    (root / LOCK_FILE).write_text(text)
    return root


def test_versions_by_source_address(tmp_path: Path) -> None:
    assert provider_versions(write(tmp_path, LOCK)) == {
        "registry.terraform.io/hashicorp/azurerm": "5.2.0",
        "registry.opentofu.org/example/thing": "1.0.0-beta.2",
    }


def test_no_lock_file_means_no_versions(tmp_path: Path) -> None:
    assert provider_versions(tmp_path) == {}


def test_a_file_without_providers_is_fine(tmp_path: Path) -> None:
    assert provider_versions(write(tmp_path, "# nothing yet\n")) == {}


def test_comments_windows_lines_and_one_line_blocks(tmp_path: Path) -> None:
    text = '// a\r\n/* provider "x" { } */\r\nprovider "h/a/b" { version = "1.2.3" } # c\r\n'
    assert provider_versions(write(tmp_path, text)) == {"h/a/b": "1.2.3"}


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (LOCK.replace("  constraints", "<<<<<<< HEAD\n  constraints"), 6, "unexpected <<<<<<< HEAD"),
        (LOCK.replace('  version     = "5.2.0"\n', ""), 4, "has no version"),
        (LOCK[: LOCK.index("  ]")], 9, "unexpected end of file"),
        (LOCK.replace('"5.2.0"', '"5.2.0'), 5, "unexpected"),
        (LOCK.replace("version     =", "version     :"), 5, "unexpected"),
        ('module "a" {}\n', 1, "expected a provider block"),
    ],
    ids=["merge conflict", "no version", "cut off", "open string", "no equals sign", "other block"],
)
def test_a_broken_file_is_named_with_its_line(tmp_path: Path, text: str, line: int, message: str) -> None:
    with pytest.raises(BadInput) as caught:
        provider_versions(write(tmp_path, text))
    assert caught.value.where == f"{tmp_path / LOCK_FILE}:{line}"
    assert message in caught.value.message
    assert caught.value.hint


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / LOCK_FILE).write_bytes(b"\xff\xfe\x00p")
    with pytest.raises(BadInput, match="cannot be read"):
        provider_versions(tmp_path)


@given(st.text(alphabet='provide"{}[]=#/*\\\n -1.v', max_size=60))
def test_any_text_is_read_or_refused_with_a_line(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    root = write(tmp_path_factory.mktemp("lock"), text)
    try:
        versions = provider_versions(root)
    except BadInput as error:
        line = int(str(error.where).rpartition(":")[2])
        assert 1 <= line <= text.count("\n") + 1
    else:
        assert all(version for version in versions.values())


def test_what_terraform_itself_writes_is_read(tmp_path: Path, binary: Binary, env: dict[str, str]) -> None:
    """A provider in a local mirror, so that `init` writes a lock file without any download."""
    said = subprocess.run([binary.path, "version", "-json"], check=True, capture_output=True, env=env)
    platform = json.loads(said.stdout)["platform"]
    folder = tmp_path / f"mirror/registry.terraform.io/example/thing/1.2.3/{platform}"
    folder.mkdir(parents=True)
    provider = folder / "terraform-provider-thing_v1.2.3"
    provider.write_text("#!/bin/sh\nexit 1\n")
    provider.chmod(0o755)
    settings = tmp_path / "cli.tfrc"
    settings.write_text(
        f'provider_installation {{\n  filesystem_mirror {{\n path = "{tmp_path}/mirror"\n }}\n}}\n'
    )
    source = "registry.terraform.io/example/thing"
    (tmp_path / "main.tf").write_text(
        f'terraform {{\n  required_providers {{\n    thing = {{ source = "{source}" }}\n  }}\n}}\n'
    )
    subprocess.run(
        [binary.path, "init", "-input=false"],
        check=True,
        cwd=tmp_path,
        env={**env, "TF_CLI_CONFIG_FILE": str(settings)},
        capture_output=True,
    )
    assert provider_versions(tmp_path) == {source: "1.2.3"}
