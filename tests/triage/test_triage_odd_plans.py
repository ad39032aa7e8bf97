"""Plans that no provider should make: a verdict for each, and never a traceback."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tfsync.errors import BadInput
from tfsync.rules import builtin_rules
from tfsync.terraform.plan import decode_plan
from tfsync.triage import Permissions, triage
from tfsync.triage.verdicts import VERDICTS

Json = dict[str, Any]
TYPES = [*sorted(builtin_rules().resources), "azurerm_kubernetes_new", "azurerm_subnet", "null_resource"]
NAMES = [
    "id",
    "name",
    "version",
    "node_labels",
    "network_profile",
    "load_balancer_sku",
    "network_policy",
    "network_plugin_mode",
    "pod_cidr",
    "linux_profile",
    "ssh_key",
    "key_data",
    "kubelet_identity",
    "user_assigned_identity_id",
    "private_cluster_enabled",
    "kubernetes_cluster_id",
]
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-1, 3)
    | st.sampled_from(["", "azure", "calico", "standard", "1.2"])
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=6,
)
PATHS = st.lists(st.sampled_from(NAMES) | st.integers(0, 2), max_size=4)
ACTIONS = st.sampled_from(
    [
        ["delete", "create"],
        ["create", "delete"],
        ["delete"],
        ["update"],
        ["no-op"],
        ["create"],
        ["forget"],
        [],
    ]
)
REASONS = st.sampled_from(
    [None, "replace_because_cannot_update", "replace_because_tainted", "replace_by_request", "new_reason"]
)


@st.composite
def entries(draw: st.DrawFn) -> Json:
    kind, name = draw(st.sampled_from(TYPES)), draw(st.sampled_from("ab"))
    change = {
        "actions": draw(ACTIONS),
        "before": draw(VALUES),
        "after": draw(VALUES),
        "after_unknown": draw(VALUES),
        "before_sensitive": draw(VALUES),
        "after_sensitive": draw(VALUES),
        "replace_paths": draw(st.lists(PATHS, max_size=3)),
    }
    for key in draw(st.sets(st.sampled_from(sorted(change.keys() - {"actions"})))):
        del change[key]
    entry: Json = {"address": f"{kind}.{name}", "type": kind, "name": name, "change": change}
    for key, value in (
        ("action_reason", draw(REASONS)),
        ("mode", draw(st.sampled_from([None, "managed", "data"]))),
        ("deposed", draw(st.sampled_from([None, "abcd1234"]))),
        ("index", draw(st.sampled_from([None, 0, "k"]))),
    ):
        if value is not None:
            entry[key] = value
    return entry


REFERENCES = st.lists(
    st.sampled_from(
        [f"{kind}.{name}{tail}" for kind in TYPES[:3] for name in "ab" for tail in ("", ".id", "[0].name")]
        + [
            "var.x",
            "local.y",
            "each.key",
            "module.m",
            "module.m.out",
            "data.azurerm_subnet.a.id",
            "self.id",
            "x",
        ]
    ),
    max_size=3,
)


@st.composite
def configurations(draw: st.DrawFn) -> Json:
    resources = [
        {
            "address": f"{kind}.{name}",
            "expressions": draw(
                st.dictionaries(st.sampled_from(NAMES), st.builds(dict, references=REFERENCES), max_size=3)
            ),
            "depends_on": draw(REFERENCES),
        }
        for kind in [*TYPES[:3], "data.azurerm_subnet"]
        for name in "ab"
    ]
    inner = {"resources": resources, "outputs": {"out": {"expression": {"references": draw(REFERENCES)}}}}
    calls = {"m": {"module": inner, "expressions": {"x": {"references": draw(REFERENCES)}}}}
    root: Json = {"resources": resources, "module_calls": calls}
    for key in draw(st.sets(st.sampled_from(["resources", "module_calls"]))):
        del root[key]
    return draw(st.sampled_from([{"root_module": root}, {"root_module": None}, {}]))


LIVE: st.SearchStrategy[Json] = st.dictionaries(
    st.sampled_from([f"{kind}.{name}" for kind in TYPES for name in "ab"]),
    st.builds(dict, properties=st.none() | st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=3)),
    max_size=3,
)


@settings(deadline=None, max_examples=60)
@given(st.lists(entries(), max_size=4), configurations(), LIVE, st.booleans())
def test_whatever_a_plan_says_it_gets_a_judgement(
    changes: list[Json], configuration: Json, live: Json, preview: bool
) -> None:
    text = json.dumps(
        {"format_version": "1.2", "resource_changes": changes, "configuration": configuration}
    ).encode()
    try:
        plan = decode_plan(text)
    except BadInput:
        return
    found = triage(plan, builtin_rules(), live=live, permissions=Permissions(preview=preview))
    assert set(found.summary) == {*VERDICTS, "destroys_planned", "destroys_after"}
    assert found.destroys_after <= found.destroys_planned
    written = {write.address for write in found.writes}
    for item in found.resources:
        assert item.verdict in VERDICTS
        assert not item.blocked or item.destroyed
        assert not item.destroyed or "delete" in item.actions
        assert not (item.blocked and item.address in written and item.verdict in ("in_place", "opt_in"))
    assert all(write.changes and write.arm_id for write in found.writes)


@settings(deadline=None, max_examples=20)
@given(st.lists(entries(), max_size=4), configurations())
def test_the_same_plan_gets_the_same_judgement_twice(changes: list[Json], configuration: Json) -> None:
    text = json.dumps({"format_version": "1.2", "resource_changes": changes, "configuration": configuration})
    try:
        first, second = decode_plan(text.encode()), decode_plan(text.encode())
    except BadInput:
        return
    assert triage(first, builtin_rules()) == triage(second, builtin_rules())
