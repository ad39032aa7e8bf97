"""A plan that fails half-way, and what terraform wrote down of it until then."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.terraform.conftest import Output
from tfsync.errors import TerraformFailed
from tfsync.terraform.failures import PlanFailed
from tfsync.terraform.workspace import Workspace

KEPT = """
variable "x" {
  default = 1
}
resource "terraform_data" "a_cluster_with_a_name_so_long_that_terraform_breaks_the_line_of_its_message" {
  for_each         = toset(["one", "the other"])
  triggers_replace = var.x
  lifecycle {
    prevent_destroy = true
  }
}
"""
NAME = "terraform_data.a_cluster_with_a_name_so_long_that_terraform_breaks_the_line_of_its_message"
Make = Callable[..., Workspace]


@pytest.fixture
def kept(workspace: Make) -> Workspace:
    made = workspace(KEPT)
    made.plan(Path("p"), quiet=True)
    made.apply(Path("p"))
    return made


@pytest.mark.parametrize("arguments", [(), ("-json",)], ids=["text", "json"])
def test_prevent_destroy_fails_with_the_plan_and_the_addresses(
    kept: Workspace, output: Output, arguments: tuple[str, ...]
) -> None:
    with pytest.raises(PlanFailed) as caught:
        kept.plan(Path("p"), variables={"x": 2}, arguments=arguments)
    addresses = (f'{NAME}["one"]', f'{NAME}["the other"]')
    assert sorted(caught.value.prevented) == list(addresses)
    assert caught.value.plan.errored
    for address in addresses:
        assert caught.value.plan.by_address[address].change.is_replacement
    assert (caught.value.code, caught.value.exit_code) == (1, 1)
    assert b"prevent_destroy" in output.stderr + output.stdout


def test_an_errored_plan_of_an_earlier_run_is_not_taken_for_this_ones(kept: Workspace) -> None:
    with pytest.raises(PlanFailed):
        kept.plan(Path("p"), variables={"x": 2}, quiet=True)
    (kept.root / "main.tf").write_text("resource {")
    with pytest.raises(TerraformFailed) as caught:
        kept.plan(Path("p"), quiet=True)
    assert not isinstance(caught.value, PlanFailed)


def test_each_terraform_run_is_logged_without_a_value(
    workspace: Make, caplog: pytest.LogCaptureFixture
) -> None:
    one = workspace('variable "password" {}\n')
    with caplog.at_level(logging.INFO, "tfsync.terraform"):
        one.plan(
            Path("canary-file"),
            arguments=["-var", "password=canary", "-var=password=canary", "-parallelism=3", "-no-color"],
            variables={"password": "canary"},
            quiet=True,
        )
        one.show(Path("canary-file"))
        one.refuse_stale(Path("canary-file"))
        one.refresh_only((), variables={"password": "canary"})
    lines = [record.getMessage() for record in caplog.records]
    assert [line.split()[1] for line in lines] == ["plan", "show", "state", "apply"]
    assert lines[0].startswith("terraform plan -var -var -parallelism -no-color")
    assert "canary" not in caplog.text
    assert len(lines) == one.invocations
