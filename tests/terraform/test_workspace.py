"""plan, show, refresh, apply: with real terraform and its built-in resource."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.terraform.conftest import Output
from tfsync.errors import BadInput, TerraformFailed, TfsyncError
from tfsync.terraform.binary import Binary
from tfsync.terraform.workspace import Workspace

ONE = 'variable "x" {\n  default = "first"\n}\nresource "terraform_data" "one" {\n  input = var.x\n}\n'
MANY = """
variable "values" {
  type = any
}
variable "mapped" {
  type = map(any)
}
variable "unset" {
  default = "default"
}
resource "terraform_data" "values" {
  input = { values = var.values, mapped = var.mapped, unset = var.unset }
}
"""
HOLDING = """
resource "terraform_data" "slow" {
  provisioner "local-exec" {
    command = "touch begun; until test -e release; do sleep 0.02; done"
  }
}
"""
Make = Callable[..., Workspace]


def state(root: Path, name: str = "terraform.tfstate") -> dict[str, Any]:
    """Attributes by address, from the state file."""
    entries = json.loads((root / name).read_text())["resources"]
    return {f"{e['type']}.{e['name']}": e["instances"][0]["attributes"] for e in entries}


def test_plan_show_apply_and_a_second_plan(workspace: Make, output: Output) -> None:
    one = workspace(ONE)
    one.plan(Path("p"))
    assert b"1 to add" in output.stdout
    change = one.show(Path("p")).by_address["terraform_data.one"].change
    assert (change.actions, change.after["input"]) == (("create",), "first")
    one.apply(Path("p"))
    assert b"Apply complete!" in output.stdout
    assert state(one.root)["terraform_data.one"]["input"]["value"] == "first"
    one.plan(Path("p"))
    assert one.show(Path("p")).by_address["terraform_data.one"].change.is_nothing
    assert one.invocations == 5
    assert output.stderr == b""


def test_terraforms_output_is_passed_through_unchanged(
    workspace: Make, output: Output, binary: Binary
) -> None:
    """Colours, line breaks and all: the same bytes as terraform writes into a file by itself."""
    one = workspace(ONE)
    one.plan(Path("p"))
    argv = [str(binary.path), f"-chdir={one.root}", "plan", "-input=false", f"-out={one.root}/p"]
    alone = subprocess.run(argv, capture_output=True, stdin=subprocess.DEVNULL, env=dict(one.env), check=True)
    assert bytes(output.stdout) == alone.stdout
    assert b"\x1b[" in output.stdout


def test_a_quiet_plan_says_nothing_but_its_errors(workspace: Make, output: Output) -> None:
    one = workspace(ONE)
    one.plan(Path("p"), quiet=True)
    assert output.stdout == b""
    with pytest.raises(TerraformFailed, match=r"terraform plan failed|tofu plan failed"):
        one.plan(Path("p"), arguments=["-var=nope=1"], quiet=True)
    assert b"nope" in output.stderr


def test_variables_arrive_exactly_as_they_are(workspace: Make) -> None:
    values = [
        *('"quoted"', "${not.a.template}", "%{ if }", "line\nbreak\r\n\ttab", "ünï·код·🙂", "\\", "$${", ""),
        *(
            None,
            True,
            0,
            -1,
            1.5,
            12345678901234567890,
            [1, [2, {"a": []}]],
            {"${k}": {"%{": None, "é": "\u2028"}},
        ),
    ]
    mapped = {'k"ey': "v", "${x}": "${y}"}
    many = workspace(MANY)
    variables = {"values": values, "mapped": mapped, "unset": None}
    many.plan(Path("p"), variables=variables, quiet=True)
    plan = many.show(Path("p"))
    assert plan.variables == variables
    assert plan.by_address["terraform_data.values"].change.after["input"] == variables
    # The values of the plan itself make the same plan again: what the loop does with an approved one.
    many.plan(Path("again"), variables=plan.variables, quiet=True)
    assert many.show(Path("again")).variables == variables


def test_variables_win_over_arguments_and_leave_no_file(
    workspace: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    private = tmp_path / "tmp"
    private.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(private))
    one = workspace(ONE)
    one.plan(Path("p"), arguments=["-var=x=argument"], variables={"x": "given"}, quiet=True)
    assert one.show(Path("p")).variables == {"x": "given"}
    with pytest.raises(TerraformFailed):
        one.plan(Path("p"), arguments=["-no-such-flag"], variables={"x": "given"}, quiet=True)
    assert list(private.iterdir()) == []


def spying(binary: Binary, path: Path, code: str) -> Binary:
    """A binary that runs some Python, with its `argv` at hand, before it becomes terraform."""
    path.write_text(
        f"#!{sys.executable} -I\n"
        f"import json, os, sys\nfrom pathlib import Path\nargv = sys.argv[1:]\n{code}\n"
        f"os.execv({str(binary.path)!r}, [{str(binary.path)!r}, *argv])\n"
    )
    path.chmod(0o755)
    return Binary(path, binary.name)


def test_while_terraform_runs_variables_are_for_this_user_only(
    binary: Binary, root: Path, env: dict[str, str], tmp_path: Path
) -> None:
    seen = tmp_path / "seen.json"
    code = f"""
files = [Path(word.partition("=")[2]) for word in argv if word.startswith("-var-file=")]
modes = [oct(path.stat().st_mode & 0o777) for file in files for path in (file, file.parent)]
Path({str(seen)!r}).write_text(json.dumps([argv, [file.read_text() for file in files], modes]))
"""
    (root / "main.tf").write_text(ONE)
    spied = Workspace(
        spying(binary, tmp_path / "terraform", code), root, env=env, stdout=discard, stderr=discard
    )
    spied.plan(Path("p"), variables={"x": "s3cret"})
    argv, contents, modes = json.loads(seen.read_text())
    assert contents == ['{"x": "s3cret"}']
    assert modes == ["0o600", "0o700"]
    assert "s3cret" not in " ".join(argv)
    assert spied.show(Path("p")).variables == {"x": "s3cret"}


def discard(_: bytes) -> None:
    """Nowhere."""


def test_a_plan_file_is_for_this_user_only(workspace: Make) -> None:
    before = os.umask(0o022)
    try:
        one = workspace(ONE)
        one.plan(Path("p"), quiet=True)
        (one.root / "earlier").touch(0o644)
        one.plan(Path("earlier"), quiet=True)
    finally:
        os.umask(before)
    assert (one.root / "p").stat().st_mode & 0o777 == 0o600
    assert (one.root / "earlier").stat().st_mode & 0o777 == 0o600, "whoever made it, and when"


def test_a_failed_plan_leaves_no_empty_file(workspace: Make) -> None:
    broken = workspace("resource {")
    with pytest.raises(TerraformFailed):
        broken.plan(Path("p"), quiet=True)
    assert not (broken.root / "p").exists()


def test_a_plan_that_has_nowhere_to_go_is_bad_input(workspace: Make) -> None:
    one = workspace(ONE)
    with pytest.raises(BadInput, match="cannot be written: No such file or directory"):
        one.plan(Path("none/p"), quiet=True)
    assert one.invocations == 0


def test_targets_replacements_and_the_users_arguments(workspace: Make) -> None:
    two = workspace(ONE + 'resource "terraform_data" "two" {}\n')
    two.plan(Path("p"), quiet=True)
    two.apply(Path("p"))
    two.plan(Path("p"), targets=["terraform_data.one"], replace=["terraform_data.one"], quiet=True)
    plan = two.show(Path("p"))
    assert plan.by_address["terraform_data.one"].change.is_replacement
    assert plan.by_address["terraform_data.one"].action_reason == "replace_by_request"
    assert "terraform_data.two" not in plan.by_address
    # The later -var wins; -out is tfsync's; 2 for "there are changes" is no failure.
    user = ["-var=x=a", "-var", "x=b", "-out=elsewhere", "-detailed-exitcode", "-parallelism=1"]
    two.plan(Path("p"), arguments=user, quiet=True)
    assert two.show(Path("p")).variables == {"x": "b"}
    assert not (two.root / "elsewhere").exists()


def test_a_directory_other_than_the_current_one(
    workspace: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Plan files and var files mean what they mean to `terraform -chdir=DIR`."""
    one = workspace(ONE)
    (one.root / "some.tfvars").write_text('x = "from a file"\n')
    monkeypatch.chdir(tmp_path)
    relative = Workspace(
        one.binary, one.root.relative_to(tmp_path), env=one.env, stdout=discard, stderr=discard
    )
    assert relative.root == one.root
    relative.plan(Path("p"), arguments=["-var-file=some.tfvars"])
    assert (one.root / "p").exists()
    assert relative.show(Path("p")).variables == {"x": "from a file"}
    assert relative.show(one.root / "p").variables == {"x": "from a file"}
    relative.apply(Path("p"))
    assert (one.root / "terraform.tfstate").exists()
    assert not (tmp_path / "terraform.tfstate").exists()


def test_the_current_directory(workspace: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    one = workspace(ONE)
    monkeypatch.chdir(one.root)
    here = Workspace(one.binary, None, env=one.env, stdout=discard, stderr=discard)
    here.plan(Path("p"))
    assert here.show(Path("p")).variables == {"x": "first"}
    assert here.root == one.root


def test_a_directory_that_is_not_there_is_bad_input(binary: Binary, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no such directory"):
        Workspace(binary, tmp_path / "none", stdout=discard, stderr=discard)


@pytest.mark.parametrize("data_dir", [None, "elsewhere", "/absolute"])
def test_tf_data_dir_is_honoured(workspace: Make, tmp_path: Path, data_dir: str | None) -> None:
    """The backend is noted there by init, so a plan works only where terraform looks in the same place."""
    if data_dir == "/absolute":
        data_dir = str(tmp_path / "absolute")
    more = {"TF_DATA_DIR": data_dir} if data_dir else {}
    one = workspace(ONE + 'terraform {\n  backend "local" {\n    path = "kept.tfstate"\n  }\n}\n', **more)
    argv = [str(one.binary.path), f"-chdir={one.root}", "init", "-input=false"]
    subprocess.run(argv, env=dict(one.env), check=True, capture_output=True)
    assert one.data_dir == one.root / (data_dir or ".terraform")
    assert (one.data_dir / "terraform.tfstate").exists()
    one.plan(Path("p"), quiet=True)
    one.apply(Path("p"))
    assert state(one.root, "kept.tfstate")["terraform_data.one"]
    assert (one.root / ".terraform").exists() == (data_dir is None)


def test_the_other_terraform_variables_are_honoured(workspace: Make, output: Output) -> None:
    more = {
        "TF_VAR_x": "from the environment",
        "TF_WORKSPACE": "staging",
        "TF_CLI_ARGS": "-no-color",
        "TF_CLI_ARGS_plan": "-detailed-exitcode -out=elsewhere",
        "TF_IN_AUTOMATION": "1",
        "TF_LOG": "INFO",
    }
    one = workspace(ONE, **more)
    subprocess.run(
        [one.binary.path, f"-chdir={one.root}", "workspace", "new", "staging"],
        env={"PATH": os.environ["PATH"], "HOME": one.env["HOME"]},
        check=True,
        capture_output=True,
    )
    one.plan(Path("p"))
    assert one.show(Path("p")).variables == {"x": "from the environment"}
    assert b"\x1b[" not in output.stdout
    assert b"To perform exactly these actions" not in output.stdout
    assert b"[INFO]" in output.stderr
    one.apply(Path("p"))
    assert (one.root / "terraform.tfstate.d" / "staging" / "terraform.tfstate").exists()
    assert dict(one.env).items() >= more.items()


def test_a_refresh_writes_what_exists_into_the_state_of_the_targets(workspace: Make, output: Output) -> None:
    """An output is what terraform_data's state can lack: a refresh brings it, and plans nothing else."""
    one = workspace(ONE)
    one.plan(Path("p"), quiet=True)
    one.apply(Path("p"))
    serial = json.loads((one.root / "terraform.tfstate").read_text())["serial"]
    (one.root / "main.tf").write_text(ONE + 'output "x" {\n  value = terraform_data.one.output\n}\n')
    user = [
        "-var=x=second",
        "-out=p",
        "-target=terraform_data.none",
        "-detailed-exitcode",
        "-lock-timeout=1s",
    ]
    one.refresh_only(["terraform_data.one"], arguments=user, variables={"x": "third"})
    after = json.loads((one.root / "terraform.tfstate").read_text())
    assert after["serial"] == serial + 1
    assert after["outputs"]["x"]["value"] == "first"
    assert state(one.root)["terraform_data.one"]["input"]["value"] == "first"
    assert b"Apply complete!" in output.stdout


# --- what goes wrong ----------------------------------------------------------------------------------


def test_a_directory_without_init_is_said_to_be_that(workspace: Make, output: Output) -> None:
    one = workspace('terraform {\n  backend "local" {}\n}\n')
    with pytest.raises(TerraformFailed, match="working directory is not initialised") as caught:
        one.plan(Path("p"))
    assert caught.value.code == 1
    assert f"-chdir={one.root} init" in str(caught.value.hint)
    assert b"init" in output.stderr, "terraform's own words"


def test_a_stale_plan_is_said_to_be_that(workspace: Make) -> None:
    one = workspace(ONE)
    one.plan(Path("p"), quiet=True)
    one.apply(Path("p"))
    with pytest.raises(TerraformFailed, match="the saved plan is stale") as caught:
        one.apply(Path("p"))
    assert caught.value.where == "p"


@pytest.mark.parametrize("content", [b"no plan", b"", b'{"format_version": "1.2"}', b"PK\x03\x04 broken"])
def test_a_file_that_is_no_plan_is_said_to_be_that(workspace: Make, content: bytes) -> None:
    one = workspace(ONE)
    (one.root / "p").write_bytes(content)
    for use in (one.show, one.apply):
        with pytest.raises(TerraformFailed, match="is no plan file") as caught:
            use(Path("p"))
        assert caught.value.where == "p"
        assert "plan -out=FILE" in str(caught.value.hint)


def test_a_plan_file_that_is_not_there_needs_no_terraform_to_say_so(workspace: Make) -> None:
    one = workspace(ONE)
    for use in (one.show, one.apply):
        with pytest.raises(BadInput, match="no such plan file") as caught:
            use(Path("none"))
        assert caught.value.where == "none"
    assert one.invocations == 0


@pytest.fixture
def locked(workspace: Make) -> Iterator[Workspace]:
    """A root module that another terraform is applying."""
    made = workspace(HOLDING)
    argv = [str(made.binary.path), f"-chdir={made.root}", "apply", "-auto-approve", "-input=false"]
    with subprocess.Popen(argv, env=dict(made.env), stdout=subprocess.DEVNULL) as other:
        while not (made.root / "begun").exists():
            assert other.poll() is None
        yield made
        (made.root / "release").touch()


def test_a_held_lock_is_said_with_its_holder(locked: Workspace) -> None:
    (info,) = locked.root.glob(".*.lock.info")
    lock = json.loads(info.read_text())
    with pytest.raises(TerraformFailed, match="the state is locked") as caught:
        locked.plan(Path("p"), quiet=True)
    assert f"by {lock['Who']} (apply) since 20" in caught.value.message
    assert lock["ID"] in caught.value.message
    assert f"force-unlock {lock['ID']}" in str(caught.value.hint)
    assert "-lock-timeout" in str(caught.value.hint)


def test_a_held_lock_is_recognised_in_json_output_too(locked: Workspace) -> None:
    with pytest.raises(TerraformFailed, match=r"the state is locked by .* lock id"):
        locked.plan(Path("p"), arguments=["-json"], quiet=True)


def test_the_json_of_a_plan_has_no_name_on_disk(
    workspace: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = workspace(ONE)
    one.plan(Path("p"), quiet=True)
    private, seen = tmp_path / "tmp", tmp_path / "seen"
    private.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(private))
    code = f"Path({str(seen)!r}).write_text(str(os.listdir({str(private)!r})))"
    spy = spying(one.binary, tmp_path / "terraform", code)
    before = sorted(one.root.iterdir())
    spied = Workspace(spy, one.root, env=one.env, stdout=discard, stderr=discard)
    assert spied.show(Path("p")).variables == {"x": "first"}
    assert seen.read_text() == "[]"
    assert sorted(one.root.iterdir()) == before


def test_after_its_reader_is_gone_the_command_has_succeeded_and_tfsync_stops(workspace: Make) -> None:
    def gone(_: bytes) -> None:
        raise BrokenPipeError(32, "Broken pipe")

    one = workspace(ONE)
    one.plan(Path("p"), quiet=True)
    piped = Workspace(one.binary, one.root, env=one.env, stdout=gone, stderr=discard)
    with pytest.raises(TfsyncError, match="ran to its end all the same, and succeeded"):
        piped.apply(Path("p"))
    assert state(one.root)["terraform_data.one"]["input"]["value"] == "first"
    with pytest.raises(TerraformFailed, match="stale"):
        piped.apply(Path("p"))
