"""What the rules say about an attribute, to a person without a plan."""

from __future__ import annotations

import json

import pytest

from tfsync.cli import run
from tfsync.errors import BadInput
from tfsync.rules import builtin_rules
from tfsync.rules.explain import described, explain
from tfsync.rules.model import Matcher

RULES = builtin_rules()


@pytest.mark.parametrize(
    "name",
    [
        "load_balancer_sku",
        "network_profile.load_balancer_sku",
        "network_profile[0].load_balancer_sku",
        "network_profile.0.load_balancer_sku",
        "azurerm_kubernetes_cluster.network_profile.load_balancer_sku",
    ],
)
def test_an_attribute_is_found_however_it_is_written(name: str) -> None:
    assert [item.rule.id for item in explain(RULES, name)] == ["cluster/load-balancer-sku"]


def test_every_attribute_of_every_rule_can_be_explained() -> None:
    for resource, rule in RULES.rules():
        for attribute in rule.attributes:
            found = explain(RULES, f"{resource}.{attribute}")
            assert (resource, attribute) in [(item.resource, item.attribute) for item in found]
            json.dumps([item.document("5.2.0") for item in found])


def test_what_is_inside_a_block_is_explained_by_the_rule_for_the_block() -> None:
    (found,) = explain(RULES, "azurerm_kubernetes_cluster_node_pool.kubelet_config.cpu_manager_policy")
    assert found.attribute == "kubelet_config"


@pytest.mark.parametrize(
    ("version", "replaces"),
    [
        ("3.35.0", True),
        ("3.36.0", False),
        ("3.117.1", False),
        ("4.0.0", True),
        ("v5.2.0", True),
        ("1.1.2", False),
    ],
)
def test_a_provider_version_is_told_apart(version: str, replaces: bool) -> None:
    (found,) = explain(RULES, "linux_profile.ssh_key.key_data")
    assert found.replaces_in(version) is replaces


def test_a_version_that_is_none_is_an_error() -> None:
    (found,) = explain(RULES, "linux_profile.ssh_key.key_data")
    with pytest.raises(BadInput, match="latest"):
        found.replaces_in("latest")


def test_a_misspelt_attribute_brings_its_neighbours() -> None:
    with pytest.raises(BadInput) as error:
        explain(RULES, "network_profile.pod_cidrr")
    assert "pod_cidr" in str(error.value.hint)


def test_patterns_read_as_words() -> None:
    assert described(Matcher(empty=True)) == "empty"
    assert described(Matcher(one_of=("azure", "calico"))) == "azure or calico"
    assert described(("IPv4", "IPv6")) == "[IPv4, IPv6]"
    assert described(True) == "true"
    assert described(None) == "null"


def test_the_command_says_verdicts_conditions_and_evidence(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "pod_cidr", "--provider", "5.2.0"]) == 0
    text = capsys.readouterr().out
    for word in ("in_place", "Stops with:", "Evidence:", "azurerm 5.2.0 replaces", "networkProfile.podCidr"):
        assert word in text
    assert run(["explain", "pod_cidr", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["explanations"][0]["rule"]


def test_the_list_names_every_rule(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rules", "list", "--format", "json"]) == 0
    rows = json.loads(capsys.readouterr().out)["rules"]
    assert {row["rule"] for row in rows} == {rule.id for _, rule in RULES.rules()}
