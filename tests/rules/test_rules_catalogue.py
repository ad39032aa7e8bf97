"""What holds for every rule that comes with tfsync, whatever it speaks of."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tfsync.rules import Condition, Rule, RuleBook, Transition, builtin_rules

BOOK = builtin_rules()
RULES = [rule for _, rule in BOOK.rules()]
TRANSITIONS = [
    (rule, transition, f"{rule.id}-{place}")
    for rule in RULES
    for place, transition in enumerate(rule.transitions)
]
CASES = [pytest.param(rule, transition, id=name) for rule, transition, name in TRANSITIONS]
IN_PLACE = [
    pytest.param(rule, transition, id=name)
    for rule, transition, name in TRANSITIONS
    if transition.verdict == "in_place"
]


def paths_of(rule: Rule, transition: Transition) -> list[str]:
    return [write.arm_path for write in transition.writes] or [rule.arm_path or ""]


def sentences(rule: Rule, transition: Transition) -> Iterator[str]:
    yield transition.reason
    yield from (condition.advice for condition in transition.requires if condition.advice)
    if transition.advice:
        yield transition.advice


@pytest.mark.parametrize(("rule", "transition"), CASES)
def test_people_are_told_in_sentences(rule: Rule, transition: Transition) -> None:
    for sentence in sentences(rule, transition):
        assert sentence[0].isupper() or sentence.startswith(("azurerm", "az "))
        assert sentence.endswith((".", "true", '"')), sentence
        assert "\n" not in sentence


@pytest.mark.parametrize(("rule", "transition"), CASES)
def test_a_condition_that_stops_a_change_says_what_to_do(rule: Rule, transition: Transition) -> None:
    assert all(condition.advice for condition in transition.requires)
    assert not any(condition.otherwise.endswith(".") for condition in transition.requires)


@pytest.mark.parametrize(("rule", "transition"), IN_PLACE)
def test_no_two_writes_of_a_change_meet(rule: Rule, transition: Transition) -> None:
    paths = [*paths_of(rule, transition), *transition.omit]
    for path in paths:
        assert sum(other == path or other.startswith(f"{path}.") for other in paths) == 1


@pytest.mark.parametrize(("rule", "transition"), IN_PLACE)
def test_changes_of_the_network_share_no_request(rule: Rule, transition: Transition) -> None:
    network = any(path.startswith("properties.networkProfile.") for path in paths_of(rule, transition))
    assert transition.alone or not network


@pytest.mark.parametrize(("rule", "transition"), IN_PLACE)
def test_what_has_no_way_back_is_said_to_have_none(rule: Rule, transition: Transition) -> None:
    words = f"{transition.reason} {transition.advice or ''}"
    assert ("one_way" in transition.effects) == (
        "no way back" in words or "not let it be switched on again" in words
    )


@pytest.mark.parametrize(("rule", "transition"), IN_PLACE)
def test_only_preview_versions_are_opt_in(rule: Rule, transition: Transition) -> None:
    assert (transition.maturity == "preview") == BOOK.api_version(rule, transition).endswith("-preview")


def test_a_rule_for_a_block_covers_what_no_other_rule_names() -> None:
    found = BOOK.find("azurerm_kubernetes_cluster_node_pool", "linux_os_config.sysctl_config.vm_swappiness")
    assert found
    assert (found[0].id, found[1]) == ("node-pool/rotated", "linux_os_config")
    found = BOOK.find("azurerm_kubernetes_cluster", "network_profile")
    assert found
    assert found[0].id == "cluster/network-profile-block"
    assert BOOK.find("azurerm_kubernetes_cluster", "network_profile.something_new") is None
    assert BOOK.find("azurerm_kubernetes_cluster", "something_new") is None
    assert BOOK.find("azurerm_storage_account", "name") is None


def test_how_a_resource_is_written() -> None:
    methods = {resource: BOOK.method(rule) for resource, rule in BOOK.rules() if resource in WRITTEN}
    assert methods == WRITTEN


def test_what_is_read_with_which_api_version() -> None:
    assert BOOK.read_version("azurerm_kubernetes_cluster") == "2025-10-01"
    assert BOOK.read_version("azurerm_kubernetes_fleet_member") is None
    assert BOOK.read_version("azurerm_storage_account") is None


WRITTEN = {
    "azurerm_kubernetes_cluster": "PUT",
    "azurerm_kubernetes_cluster_node_pool": "PUT",
    "azurerm_kubernetes_cluster_extension": "PATCH",
}


def test_rules_stand_in_the_order_of_their_files() -> None:
    places = [BOOK.place(rule.id) for rule in RULES]
    assert places == sorted(places)
    assert len(set(places)) == len(places)
    assert BOOK.place("no/rule") == BOOK.place(None) > max(places)


def test_a_later_file_wins_for_an_attribute_and_leaves_the_others() -> None:
    file = next(file for file in BOOK.files if file.resource == "azurerm_kubernetes_cluster_extension")
    own = Rule("own/version", ("version",), (">=3.54.0",), (Transition("phantom", "So."),), ("Tried.",))
    book = RuleBook([*BOOK.files, type(file)(file.resource, (own,))])
    found = book.find(file.resource, "version")
    kept = book.find(file.resource, "release_train")
    assert found
    assert kept
    assert found[0] is own
    assert kept[0].id == "extension/release-train"
    assert book.method(kept[0]) == "PATCH"


def test_conditions_look_where_they_say() -> None:
    """A condition on the live body must be readable offline too, or say that nobody knows."""
    for rule in RULES:
        for transition in rule.transitions:
            for condition in (*transition.given, *transition.requires):
                assert _has_an_answer(condition), rule.id


def _has_an_answer(condition: Condition) -> bool:
    return bool(condition.state or condition.planned or condition.unknown == "passes")
