"""`FILE.tfsync.json`: a judgement bound to the plan it was made from."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from tfsync.converge.approval import arguments_of, beside, keep_judgement, rules_digest
from tfsync.errors import BadInput
from tfsync.rules import builtin_rules

ARGUMENTS = (
    "-target=azurerm_kubernetes_cluster.aks",
    "-var",
    "password=canary",
    "-var-file=x.tfvars",
    "-parallelism=3",
)


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    file = tmp_path / "change.tfplan"
    file.write_bytes(b"a plan")
    keep_judgement(file, {"summary": {}}, builtin_rules(), ARGUMENTS)
    return file


def test_what_decides_the_plan_is_kept_and_variables_are_not(plan: Path) -> None:
    assert arguments_of(plan) == ("-target=azurerm_kubernetes_cluster.aks", "-parallelism=3")
    assert "canary" not in beside(plan).read_text(encoding="utf-8")
    assert stat.S_IMODE(beside(plan).stat().st_mode) == 0o600


def test_a_plan_nobody_judged_has_no_arguments(tmp_path: Path) -> None:
    assert arguments_of(tmp_path / "other.tfplan") == ()


def test_the_judgement_of_another_plan_is_refused(plan: Path) -> None:
    plan.write_bytes(b"another plan")
    with pytest.raises(BadInput, match="another plan"):
        arguments_of(plan)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"plan_sha256": 1}'])
def test_a_broken_judgement_is_refused(plan: Path, content: str) -> None:
    beside(plan).write_text(content)
    with pytest.raises(BadInput, match=r"tfsync\.json"):
        arguments_of(plan)


def test_the_digest_tells_rules_apart() -> None:
    rules = builtin_rules()
    assert rules_digest(rules) == rules_digest(builtin_rules())
    assert rules_digest(type(rules)(rules.files[:-1])) != rules_digest(rules)
    assert json.dumps(rules_digest(rules))
