"""What a plan shows of the azurerm provider block."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tfsync.azure.provider_block import provider_constants

RECORDINGS = Path(__file__).parent.parent / "recordings"


def plan_with(expressions: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"provider_config": {"azurerm": {"name": "azurerm", "expressions": expressions, **more}}}


def test_constants_are_read() -> None:
    block = {
        "subscription_id": {"constant_value": "s"},
        "use_cli": {"constant_value": False},
        "features": [{}],
    }
    assert provider_constants(plan_with(block), "azurerm") == {"subscription_id": "s", "use_cli": False}


def test_a_reference_to_one_root_variable_is_its_value() -> None:
    block = {"client_secret": {"references": ["var.secret"]}, "use_oidc": {"references": ["var.oidc"]}}
    variables = {"secret": {"value": "s"}, "oidc": {"value": True}}
    assert provider_constants(plan_with(block), "azurerm", variables) == {
        "client_secret": "s",
        "use_oidc": True,
    }


@pytest.mark.parametrize(
    "references",
    [
        ["data.azurerm_key_vault_secret.x.value", "data.azurerm_key_vault_secret.x"],
        ["var.one", "var.two"],
        ["local.tenant"],
        ["var.map"],
        ["var.unset"],
        [],
    ],
)
def test_what_is_computed_is_left_to_the_environment(references: list[str]) -> None:
    block = {"tenant_id": {"references": references}}
    variables = {"one": {"value": "1"}, "two": {"value": "2"}, "map": {"value": {"a": "b"}}}
    assert provider_constants(plan_with(block), "azurerm", variables) == {}


def test_a_block_in_a_child_module_does_not_see_root_variables() -> None:
    configuration = plan_with({"tenant_id": {"references": ["var.tenant"]}}, module_address="module.child")
    assert provider_constants(configuration, "azurerm", {"tenant": {"value": "root's"}}) == {}


def test_no_block_is_no_constants() -> None:
    assert provider_constants({}, "azurerm") == {}
    assert provider_constants(plan_with({}), "azurerm.west") == {}


def test_real_plans_show_their_subscription() -> None:
    plans = sorted(RECORDINGS.glob("azurerm-*/*/plan.json"))
    assert plans
    for plan in plans:
        constants = provider_constants(json.loads(plan.read_text())["configuration"], "azurerm")
        assert constants["subscription_id"] == "00000000-0000-0000-0000-000000000000"
