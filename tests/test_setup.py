"""Setting up a clone: what the Makefile and .ci/ say on machines where something is missing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def run(*words: str, **env: str) -> subprocess.CompletedProcess[str]:
    """A command of the clone, with nothing in its environment but what is given."""
    program = shutil.which(words[0], path=f"{ROOT}:{os.environ['PATH']}")
    assert program is not None
    return subprocess.run(
        [program, *words[1:]], cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=60
    )


def executable(path: Path, text: str) -> None:
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)


def test_make_alone_lists_every_target_that_has_a_purpose() -> None:
    listed = run("make", PATH=os.environ["PATH"]).stdout

    for target in ("demo", "test", "lint", "types", "lock", "clean"):
        assert f"make {target} " in listed


@pytest.mark.parametrize("target", ["demo", "test"])
def test_without_terraform_make_names_the_one_command_and_installs_nothing(
    target: str, tmp_path: Path
) -> None:
    ended = run("make", target, f"VENV={tmp_path}/venv", PATH=str(tmp_path))

    assert ended.returncode != 0
    assert f"make {target} TERRAFORM=pip" in ended.stderr
    assert "Business Source License 1.1" in ended.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_terraform_named_in_the_environment_is_enough(tmp_path: Path) -> None:
    executable(tmp_path / "terraform-1.11", "exit 0")

    ended = run("make", "terraform", PATH=str(tmp_path), TFSYNC_TERRAFORM=f"{tmp_path}/terraform-1.11")

    assert (ended.returncode, ended.stderr) == (0, "")


def test_a_python_that_is_switched_off_or_too_old_is_passed_over(tmp_path: Path) -> None:
    executable(tmp_path / "python3.13", "echo 'not installed here' >&2; exit 127")
    executable(tmp_path / "python3.12", "exit 0")
    (tmp_path / "python3").symlink_to(sys.executable)

    ended = run(".ci/find-python", PATH=str(tmp_path))

    assert ended.returncode == 0, ended.stderr
    assert Path(ended.stdout.strip()).samefile(sys.executable)


def test_no_python_is_said_in_words(tmp_path: Path) -> None:
    ended = run(".ci/find-python", PATH=str(tmp_path))

    assert (ended.returncode, ended.stdout) == (1, "")
    assert "No Python 3.11 or newer found" in ended.stderr


def test_a_python_that_cannot_make_environments_is_said_in_words(tmp_path: Path) -> None:
    # As on Debian without python3-venv: the interpreter is fine, a part of its library is packaged apart.
    answers = 'case "$2" in *ensurepip*) exit 1;; *executable*) echo "$0";; *) echo python3.12;; esac'
    executable(tmp_path / "python3.12", answers)

    ended = run(".ci/find-python", PATH=str(tmp_path))

    assert ended.returncode == 1
    assert "apt-get install python3.12-venv" in ended.stderr
