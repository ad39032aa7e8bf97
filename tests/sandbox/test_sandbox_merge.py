"""The laws of a PUT: it merges, and what Azure alone writes stays Azure's."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.recorded import recordings
from tfsync.sandbox import clusters
from tfsync.sandbox.merge import merged, without, writable_cluster, writable_pool

Body = dict[str, Any]

names = st.text("abcdefgh", min_size=1, max_size=3)
scalars = st.one_of(st.booleans(), st.integers(0, 9), st.text("xyz", min_size=1, max_size=3), st.none())
# Maps of maps, as an ARM body is; lists hold scalars, as most of its lists do.
bodies = st.recursive(
    st.dictionaries(names, st.one_of(scalars, st.lists(scalars, max_size=3)), max_size=4),
    lambda inner: st.dictionaries(names, st.one_of(scalars, inner), max_size=4),
    max_leaves=20,
)


@st.composite
def parts(draw: st.DrawFn, body: Body) -> Body:
    """A body with any of its keys left out, at any depth."""
    kept = {}
    for key, value in body.items():
        if draw(st.booleans()):
            kept[key] = draw(parts(value)) if isinstance(value, dict) else deepcopy(value)
    return kept


@given(bodies)
def test_putting_back_what_was_read_changes_nothing(body: Body) -> None:
    assert merged(body, writable_cluster(body)) == body


@given(st.data(), bodies)
def test_leaving_something_out_never_removes_it(data: st.DataObject, body: Body) -> None:
    assert merged(body, data.draw(parts(body))) == body


@given(bodies, bodies)
def test_the_same_put_twice_is_the_same_as_once(current: Body, requested: Body) -> None:
    once = merged(current, requested)
    assert merged(once, requested) == once


@given(bodies, bodies)
def test_a_merge_leaves_both_sides_as_they_were(current: Body, requested: Body) -> None:
    before = deepcopy((current, requested))
    result = merged(current, requested)
    for value in list(result.values()):
        if isinstance(value, dict):
            value["touched"] = True
        elif isinstance(value, list):
            value.append("touched")
    assert (current, requested) == before


CLUSTERS = [
    (str(recording), body)
    for recording in recordings()
    for body in (
        [recording.arm_before()]
        if "properties" in recording.arm_before()
        else recording.arm_before().values()
    )
    if "agentPoolProfiles" in body["properties"]
]


@pytest.mark.parametrize("body", [body for _, body in CLUSTERS], ids=[name for name, _ in CLUSTERS])
def test_a_recorded_cluster_put_back_stays_as_azure_filled_it(body: Body) -> None:
    filled = merged(body, writable_cluster(body))
    clusters.fill(filled, body)
    again = merged(filled, writable_cluster(filled))
    clusters.fill(again, filled)
    assert again == filled


@pytest.mark.parametrize(
    ("current", "requested", "after"),
    [
        ({"networkPolicy": "calico"}, {"networkPolicy": ""}, {"networkPolicy": "calico"}),
        ({"networkPolicy": "calico"}, {"networkPolicy": None}, {"networkPolicy": "calico"}),
        ({"networkPolicy": "calico"}, {"networkPolicy": "none"}, {"networkPolicy": "none"}),
        ({"driver": {"enabled": True}}, {"driver": {}}, {"driver": {"enabled": True}}),
        ({"authorizedIPRanges": ["1.2.3.4/32"]}, {"authorizedIPRanges": []}, {"authorizedIPRanges": []}),
        ({"podCidrs": ["10.244.0.0/16"]}, {"podCidrs": []}, {"podCidrs": ["10.244.0.0/16"]}),
        ({"tags": {"a": "1", "b": "2"}}, {"tags": {"a": "3"}}, {"tags": {"a": "3"}}),
        ({"nodeLabels": {"a": "1"}}, {"nodeLabels": {}}, {"nodeLabels": {}}),
        ({"nodeTaints": ["a=b:NoSchedule"]}, {"nodeTaints": []}, {"nodeTaints": []}),
        (
            {"addonProfiles": {"omsagent": {"enabled": True}}},
            {"addonProfiles": {"azurepolicy": {"enabled": True}}},
            {"addonProfiles": {"omsagent": {"enabled": True}, "azurepolicy": {"enabled": True}}},
        ),
        (
            {"addonProfiles": {"omsAgent": {"enabled": True, "config": {"useAADAuth": "true"}}}},
            {"addonProfiles": {"omsagent": {"config": {"USEAADAUTH": "false"}}}},
            {"addonProfiles": {"omsagent": {"enabled": True, "config": {"USEAADAUTH": "false"}}}},
        ),
        (
            {"managedOutboundIPs": {"count": 1}},
            {"outboundIPs": {"publicIPs": [{"id": "ip"}]}},
            {"outboundIPs": {"publicIPs": [{"id": "ip"}]}},
        ),
        (
            {"kubeletidentity": {"resourceId": "/K1", "clientId": "one"}},
            {"kubeletidentity": {"resourceId": "/k1"}},
            {"kubeletidentity": {"resourceId": "/k1", "clientId": "one"}},
        ),
        (
            {"kubeletidentity": {"resourceId": "/k1", "clientId": "one"}},
            {"kubeletidentity": {"resourceId": "/k2"}},
            {"kubeletidentity": {"resourceId": "/k2"}},
        ),
    ],
)
def test_a_value_is_kept_or_replaced_as_azure_does(current: Body, requested: Body, after: Body) -> None:
    assert merged(current, requested) == after


def test_pools_are_merged_by_name_and_the_list_is_the_new_list() -> None:
    current = {"agentPoolProfiles": [{"name": "a", "count": 1, "eTag": "1"}, {"name": "b", "count": 1}]}
    requested = {"agentPoolProfiles": [{"name": "c", "count": 3}, {"name": "A", "count": 2}]}
    assert merged(current, requested) == {
        "agentPoolProfiles": [{"name": "c", "count": 3}, {"name": "A", "count": 2, "eTag": "1"}]
    }


def test_a_request_cannot_write_what_only_azure_writes() -> None:
    body = {
        "eTag": "mine",
        "identity": {"type": "UserAssigned", "userAssignedIdentities": {"/id": {"clientId": "mine"}}},
        "properties": {
            "fqdn": "mine",
            "dnsPrefix": "kept",
            "addonProfiles": {"omsagent": {"enabled": True, "identity": {"clientId": "mine"}}},
            "agentPoolProfiles": [
                {"name": "a", "nodeImageVersion": "mine", "powerState": {"code": "Stopped"}}
            ],
        },
    }
    assert writable_cluster(body) == {
        "identity": {"type": "UserAssigned", "userAssignedIdentities": {"/id": {}}},
        "properties": {
            "dnsPrefix": "kept",
            "addonProfiles": {"omsagent": {"enabled": True}},
            "agentPoolProfiles": [{"name": "a", "powerState": {"code": "Stopped"}}],
        },
    }
    assert writable_pool({"eTag": "mine", "count": 1}) == {"count": 1}


def test_secrets_are_not_even_kept() -> None:
    body = {
        "properties": {
            "windowsProfile": {"adminUsername": "azureuser", "adminPassword": "S3cret!"},
            "servicePrincipalProfile": {"clientId": "x", "secret": "S3cret!"},
            "aadProfile": {"serverAppID": "x", "serverAppSecret": "S3cret!"},
        }
    }
    assert "S3cret!" not in str(writable_cluster(body))


def test_a_path_can_name_a_pool() -> None:
    body = {"properties": {"agentPoolProfiles": [{"name": "a", "count": 1}, {"name": "b", "count": 2}]}}
    assert without(body, ["properties.agentPoolProfiles.b.count", "properties.not.there"]) == {
        "properties": {"agentPoolProfiles": [{"name": "a", "count": 1}, {"name": "b"}]}
    }
