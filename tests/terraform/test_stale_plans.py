"""A stale saved plan is known before anything is written: by lineage and serial, as terraform does it."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tfsync.errors import BadInput
from tfsync.terraform.staleness import refuse_edited
from tfsync.terraform.workspace import Workspace

ONE = 'variable "x" {\n  default = 1\n}\nresource "terraform_data" "one" {\n  input = var.x\n}\n'
Make = Callable[..., Workspace]


def test_a_first_plan_is_not_stale(workspace: Make) -> None:
    """There is no state yet, so no lineage either."""
    one = workspace(ONE)
    one.plan(Path("p"), quiet=True)
    one.refuse_stale(Path("p"))
    one.apply(Path("p"))
    with pytest.raises(BadInput, match="the saved plan is stale"):
        one.refuse_stale(Path("p"))


def test_a_plan_of_the_current_state_is_not_stale(workspace: Make) -> None:
    one = workspace(ONE)
    one.plan(Path("p"), quiet=True)
    one.apply(Path("p"))
    one.plan(Path("second"), variables={"x": 2}, quiet=True)
    one.refuse_stale(Path("second"))
    one.refuse_stale(Path("second"))
    one.plan(Path("third"), variables={"x": 3}, quiet=True)
    one.apply(Path("third"))
    with pytest.raises(BadInput, match="the saved plan is stale") as caught:
        one.refuse_stale(Path("second"))
    assert str(one.root / "second") == caught.value.where


def test_a_plan_of_another_state_is_stale(workspace: Make) -> None:
    one = workspace(ONE)
    one.plan(Path("p"), quiet=True)
    one.apply(Path("p"))
    one.plan(Path("p"), variables={"x": 2}, quiet=True)
    state = one.root / "terraform.tfstate"
    document = json.loads(state.read_text())
    state.write_text(json.dumps({**document, "lineage": "11111111-1111-1111-1111-111111111111"}))
    with pytest.raises(BadInput, match="the saved plan is stale"):
        one.refuse_stale(Path("p"))


@pytest.mark.parametrize(
    "content", [b"no zip", b"", b"PK\x05\x06" + bytes(18)], ids=["text", "empty", "empty zip"]
)
def test_a_file_that_does_not_say_is_refused(workspace: Make, content: bytes) -> None:
    one = workspace(ONE)
    (one.root / "p").write_bytes(content)
    with pytest.raises(BadInput, match="does not say from which state"):
        one.refuse_stale(Path("p"))


CALLING = 'module "pool" {\n  source = "./pool"\n}\nmodule "twin" {\n  source = "./pool"\n}\n'
POOL = 'resource "terraform_data" "pool" {\n  input = "one"\n}\n'


@pytest.fixture
def planned(workspace: Make) -> Workspace:
    """A saved plan of a root module with a local module, called twice."""
    one = workspace(ONE + CALLING)
    (one.root / "pool").mkdir()
    (one.root / "pool" / "main.tf").write_text(POOL)
    subprocess.run(
        [str(one.binary.path), "init"], cwd=one.root, env=dict(one.env), check=True, capture_output=True
    )
    one.plan(Path("p"), quiet=True)
    return one


def test_a_plan_of_the_configuration_that_is_there_is_fine(planned: Workspace) -> None:
    planned.refuse_stale(Path("p"))


@pytest.mark.parametrize(
    ("file", "content", "says"),
    [
        ("main.tf", ONE.replace("var.x", "var.x + 1") + CALLING, "main.tf (edited)"),
        ("pool/main.tf", POOL.replace("one", "two"), "pool/main.tf (edited)"),
        ("more.tf", 'resource "terraform_data" "more" {}\n', "more.tf (added)"),
        ("pool/main_override.tf.json", "{}", "pool/main_override.tf.json (added)"),
        ("pool/main.tf", None, "pool/main.tf (gone)"),
    ],
    ids=["root", "module", "added", "override", "gone"],
)
def test_a_configuration_that_has_changed_is_refused(
    planned: Workspace, file: str, content: str | None, says: str
) -> None:
    if content is None:
        (planned.root / file).unlink()
    else:
        (planned.root / file).write_text(content)
    with pytest.raises(BadInput, match="configuration has changed since the plan was made") as caught:
        planned.refuse_stale(Path("p"))
    assert caught.value.message.endswith(f"so nothing was written: {says}"), "each file once"
    assert caught.value.where == str(planned.root / "p")
    assert "Plan again" in (caught.value.hint or "")


def test_many_changed_files_are_counted(planned: Workspace) -> None:
    for number in range(8):
        (planned.root / f"more{number}.tf").write_text("")
    with pytest.raises(BadInput, match=r"more4\.tf \(added\) and 3 more"):
        planned.refuse_stale(Path("p"))


def test_what_terraform_does_not_read_may_change(planned: Workspace) -> None:
    """Line endings, variable files, what editors leave behind, tests and readmes."""
    for file in (planned.root / "main.tf", planned.root / "pool" / "main.tf"):
        file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    for name in ("terraform.tfvars", ".#main.tf", "main.tf~", "#main.tf#", "a.tftest.hcl", "README.md"):
        (planned.root / name).write_text("x = 2\n")
    planned.refuse_stale(Path("p"))


def test_an_installed_module_counts_wherever_it_lies(planned: Workspace, tmp_path: Path) -> None:
    """Modules from elsewhere are copied by init; another checkout, or TF_DATA_DIR, has them elsewhere."""
    shutil.move(planned.root / "pool", tmp_path / "pool")
    (planned.root / "main.tf").write_text(f'module "pool" {{\n  source = "{tmp_path}/pool"\n}}\n')
    for data in ("one", "two"):
        subprocess.run(
            [str(planned.binary.path), "init"],
            cwd=planned.root,
            env={**planned.env, "TF_DATA_DIR": data},
            check=True,
            capture_output=True,
        )
    planned.env = {**planned.env, "TF_DATA_DIR": "one"}
    planned.plan(Path("p"), quiet=True)
    shutil.rmtree(planned.root / "one" / "modules" / "pool", ignore_errors=True)
    (planned.root / "one" / "modules" / "pool").unlink(missing_ok=True)
    planned.env = {**planned.env, "TF_DATA_DIR": "two"}
    planned.refuse_stale(Path("p"))
    (tmp_path / "pool" / "main.tf").write_text(POOL.replace("one", "two"))
    with pytest.raises(BadInput, match=r"two/modules/pool/main\.tf \(edited\)"):
        planned.refuse_stale(Path("p"))


def test_opentofu_reads_files_of_its_own(planned: Workspace) -> None:
    """main.tofu stands in for main.tf; terraform reads neither name specially."""
    (planned.root / "main.tofu").write_text("")
    planned.refuse_stale(Path("p"))
    with pytest.raises(BadInput, match=r"written: main\.tf \(gone\), main\.tofu \(added\)\n"):
        refuse_edited(planned.root / "p", planned.root, planned.data_dir, tofu=True)
