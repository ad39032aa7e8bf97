"""The command line itself: help, documentation, exit codes, and what it does not import."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import typer.main

from tfsync import __version__
from tfsync.cli import run, split
from tfsync.cli.app import app
from tfsync.cli.options import command_first
from tfsync.cli.reference import commands, reference

ROOT = Path(__file__).parents[2]
COMMANDS: dict[str, Any] = dict(commands(typer.main.get_command(app)))


def test_the_page_of_commands_is_fresh() -> None:
    page = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    assert page == reference(), "make it anew: python -m tfsync.cli.reference > docs/commands.md"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_option_explains_itself(name: str) -> None:
    command = COMMANDS[name]
    assert command.help
    for parameter in command.params:
        assert parameter.help, f"{name} {parameter.name}"


@pytest.mark.parametrize("name", [name for name in COMMANDS if name not in ("demo", "sandbox")])
def test_the_readme_names_every_everyday_command(name: str) -> None:
    assert f"tfsync {name}" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_page_that_the_readme_links_exists() -> None:
    import re

    for page in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        for link in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / link).exists(), f"{page.name}: {link}"


def test_the_version_is_that_of_the_package(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out == f"tfsync {__version__}\n"


@pytest.mark.parametrize("words", [["--nope"], ["plan", "--nope"], ["nope"], ["check"], []])
def test_a_wrong_command_line_is_an_error_and_never_2(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(words) == 1
    assert "Traceback" not in capsys.readouterr().err


def test_what_follows_two_dashes_is_terraforms() -> None:
    assert split(["plan", "-o", "x", "--", "-var", "a=1", "--", "b"]) == (
        ["plan", "-o", "x"],
        ("-var", "a=1", "--", "b"),
    )
    assert split(["plan"]) == (["plan"], ())


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("--chdir prod plan -o x", "plan -o x --chdir prod"),
        ("-chdir=prod apply", "apply --chdir prod"),
        ("--chdir=prod -v --no-color apply", "apply --chdir=prod -v --no-color"),
        ("--rules own rules list", "rules list --rules own"),
        ("plan --chdir prod", "plan --chdir prod"),
        ("--nope -v plan", "--nope -v plan"),
        ("--chdir prod", ""),
    ],
)
def test_common_options_may_stand_before_the_command(written: str, read: str) -> None:
    assert command_first(written.split()) == read.split()


def test_a_common_option_before_the_command_is_used(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["--chdir", str(tmp_path / "none"), "plan"]) == 1
    assert "no such directory" in capsys.readouterr().err


@pytest.mark.parametrize("command", [["plan"], ["check", "p"], ["apply"]])
def test_rules_that_are_not_there_are_refused_before_anything_else(
    command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """terraform is not even looked for: there is none here, and that is not what the message is about."""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert run([*command, "--rules", str(tmp_path / "nope")]) == 1
    assert str(tmp_path / "nope") in capsys.readouterr().err
