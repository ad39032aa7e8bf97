"""What is replaced only because something else is: found through every way a reference can take."""

from __future__ import annotations

from typing import Any

import pytest

from tests.triage.plans import (
    CLUSTER,
    EXTENSION,
    POOL,
    Json,
    call,
    change,
    cluster,
    cluster_id,
    judged,
    module,
    pool,
    resource,
    subnet_id,
    verdict_of,
)

SKU: list[str | int] = ["network_profile", 0, "load_balancer_sku"]
CAUSE = (SKU, "basic", "standard")
BASIC = {"default_node_pool": [{"type": "VirtualMachineScaleSets"}]}
CLUSTER_ID = "azurerm_kubernetes_cluster.aks.id"


def replaced_cluster(address: str = CLUSTER, name: str = "aks", **more: Any) -> Json:
    return cluster(*CAUSE, address=address, name=name, with_values=BASIC, **more)


def in_configuration(address: str = CLUSTER) -> Json:
    return {"address": address, "expressions": {"name": {"constant_value": "aks"}}}


def test_a_reference_leads_to_its_root() -> None:
    root = module(in_configuration(), resource(POOL, kubernetes_cluster_id=[CLUSTER_ID]))
    found = judged(replaced_cluster(), pool(), root=root)
    assert verdict_of(found, POOL).verdict == "cascade"
    assert verdict_of(found, POOL).root == CLUSTER
    assert (found.destroys_planned, found.destroys_after, found.blocked) == (2, 0, ())


def test_through_the_output_of_a_module_and_the_variable_of_another() -> None:
    cluster_address = "module.aks.azurerm_kubernetes_cluster.this"
    pool_address = "module.pools.azurerm_kubernetes_cluster_node_pool.apps"
    aks = module(
        in_configuration("azurerm_kubernetes_cluster.this"),
        outputs={"cluster_id": ["azurerm_kubernetes_cluster.this.id"]},
    )
    pools = module(resource(POOL, kubernetes_cluster_id=["var.cluster_id"]))
    root = module(
        calls={"aks": call(aks), "pools": call(pools, cluster_id=["module.aks.cluster_id", "module.aks"])}
    )
    found = judged(replaced_cluster(cluster_address), pool(pool_address), root=root)
    assert verdict_of(found, pool_address).root == cluster_address


def test_through_a_variable_that_is_a_whole_object() -> None:
    pools = module(resource(POOL, kubernetes_cluster_id=["var.cluster.id", "var.cluster"]))
    root = module(in_configuration(), calls={"pools": call(pools, cluster=[CLUSTER])})
    found = judged(replaced_cluster(), pool(f"module.pools.{POOL}"), root=root)
    assert verdict_of(found, f"module.pools.{POOL}").root == CLUSTER


def test_through_the_value_of_a_local() -> None:
    """Plan JSON does not hold the expressions of locals; the old value tells whose it was."""
    other = "azurerm_kubernetes_cluster_node_pool.batch"
    root = module(
        in_configuration(),
        resource(POOL, kubernetes_cluster_id=["local.cluster_id"]),
        resource(other, kubernetes_cluster_id=["local.cluster_id"]),
    )
    found = judged(replaced_cluster(), pool(), pool(other), root=root)
    assert {verdict_of(found, address).root for address in (POOL, other)} == {CLUSTER}


def test_a_local_whose_value_nobody_had_is_a_phantom() -> None:
    root = module(in_configuration(), resource(POOL, kubernetes_cluster_id=["local.cluster_id"]))
    found = judged(replaced_cluster(), pool(of="other"), root=root)
    (attribute,) = verdict_of(found, POOL).attributes
    assert attribute.verdict == "phantom"
    assert "local.cluster_id" in attribute.reason


def test_a_value_that_two_replaced_resources_share_tells_nothing() -> None:
    tenant = "11111111-1111-1111-1111-111111111111"
    names = ("a", "b")
    clusters = []
    for name in names:
        entry = replaced_cluster(f"azurerm_kubernetes_cluster.{name}", name)
        entry["change"]["before"]["tenant"] = tenant
        entry["change"]["after_unknown"]["tenant"] = True
        clusters.append(entry)
    before = {"id": f"{cluster_id()}/agentPools/apps", "node_public_ip_prefix_id": tenant}
    wanting = change(
        POOL, before, {}, causes=[["node_public_ip_prefix_id"]], unknown={"node_public_ip_prefix_id": True}
    )
    root = module(
        *(in_configuration(f"azurerm_kubernetes_cluster.{name}") for name in names),
        resource(POOL, node_public_ip_prefix_id=["local.tenant"]),
    )
    assert verdict_of(judged(*clusters, wanting, root=root), POOL).verdict == "phantom"


DATA = "data.azurerm_kubernetes_cluster.aks"
LATE = change(DATA, None, {}, unknown={"id": True}, actions=["read"])


def test_through_a_data_source_that_waits_for_the_root() -> None:
    root = module(
        in_configuration(),
        resource(DATA, depends_on=[CLUSTER]),
        resource(POOL, kubernetes_cluster_id=[f"{DATA}.id"]),
    )
    found = judged(replaced_cluster(), LATE, pool(), root=root)
    assert verdict_of(found, POOL).root == CLUSTER


def test_through_a_data_source_that_also_waits_for_what_hangs_on_the_root() -> None:
    """A pool that goes along is planned without the defaults that Azure has filled in; that is no change."""
    along = pool("azurerm_kubernetes_cluster_node_pool.along")
    along["change"]["before"] |= {
        "workload_runtime": "OCIContainer",
        "upgrade_settings": [{"max_surge": "10%"}],
    }
    along["change"]["after"] |= {"workload_runtime": None, "upgrade_settings": []}
    root = module(
        in_configuration(),
        resource(along["address"], kubernetes_cluster_id=[CLUSTER_ID]),
        resource(DATA, depends_on=[CLUSTER, along["address"]]),
        resource(POOL, kubernetes_cluster_id=[f"{DATA}.id"]),
    )
    found = judged(replaced_cluster(), along, LATE, pool(), root=root)
    assert verdict_of(found, POOL).verdict == "cascade"
    assert found.destroys_after == 0


@pytest.mark.parametrize("waits_for", [["module.aks"], ["module.aks.cluster_id"]])
def test_through_a_data_source_that_waits_for_the_module_of_the_root(waits_for: list[str]) -> None:
    cluster_address = "module.aks.azurerm_kubernetes_cluster.this"
    aks = module(
        in_configuration("azurerm_kubernetes_cluster.this"),
        outputs={"cluster_id": ["azurerm_kubernetes_cluster.this.id"]},
    )
    root = module(
        resource(DATA, depends_on=waits_for),
        resource(POOL, kubernetes_cluster_id=[f"{DATA}.id"]),
        calls={"aks": call(aks)},
    )
    found = judged(replaced_cluster(cluster_address), LATE, pool(), root=root)
    assert verdict_of(found, POOL).root == cluster_address


def test_through_a_module_that_waits_for_the_root() -> None:
    late = change(f"module.pools.{DATA}", None, {}, unknown={"id": True}, actions=["read"])
    pools = module(resource(DATA), resource(POOL, kubernetes_cluster_id=[f"{DATA}.id"]))
    root = module(in_configuration(), calls={"pools": call(pools, depends_on=[CLUSTER])})
    found = judged(replaced_cluster(), late, pool(f"module.pools.{POOL}"), root=root)
    assert verdict_of(found, f"module.pools.{POOL}").root == CLUSTER


def test_a_data_source_that_also_waits_for_something_that_stays_is_a_phantom() -> None:
    """The root is kept, but the data source is read during apply all the same, for the new subnet."""
    subnet = change("azurerm_subnet.new", None, {"name": "new"}, unknown={"id": True}, actions=["create"])
    root = module(
        in_configuration(),
        resource("azurerm_subnet.new"),
        resource(DATA, depends_on=[CLUSTER, "azurerm_subnet.new"]),
        resource(POOL, kubernetes_cluster_id=[f"{DATA}.id"]),
    )
    found = judged(replaced_cluster(), subnet, LATE, pool(), root=root)
    assert verdict_of(found, POOL).verdict == "phantom"
    assert verdict_of(found, POOL).blocked


def test_a_data_source_that_waits_for_a_root_with_other_changes_is_a_phantom() -> None:
    """The tags are left for terraform, so the cluster still has a change, and the data source still waits."""
    entry = replaced_cluster()
    entry["change"]["before"]["tags"], entry["change"]["after"]["tags"] = {"a": "1"}, {"a": "2"}
    root = module(
        in_configuration(),
        resource(DATA, depends_on=[CLUSTER]),
        resource(POOL, kubernetes_cluster_id=[f"{DATA}.id"]),
    )
    assert verdict_of(judged(entry, LATE, pool(), root=root), POOL).verdict == "phantom"


def test_through_a_resource_that_is_updated_on_the_way() -> None:
    passing = "terraform_data.wait"
    update = change(
        passing,
        {"input": cluster_id(), "output": cluster_id()},
        {},
        unknown={"input": True, "output": True},
        actions=["update"],
    )
    root = module(
        in_configuration(),
        resource(passing, input=[CLUSTER_ID]),
        resource(POOL, kubernetes_cluster_id=[f"{passing}.output"]),
    )
    found = judged(replaced_cluster(), update, pool(), root=root)
    assert verdict_of(found, POOL).root == CLUSTER


def test_through_a_resource_that_is_replaced_on_the_way() -> None:
    passing = "time_sleep.wait"
    replaced = change(
        passing,
        {"id": "2026-01-01T00:00:00Z", "triggers": {"id": cluster_id()}},
        {},
        causes=[["triggers", "id"]],
        unknown={"id": True, "triggers": True},
    )
    root = module(
        in_configuration(),
        resource(passing, triggers=[CLUSTER_ID]),
        resource(POOL, kubernetes_cluster_id=[f"{passing}.triggers"]),
    )
    found = judged(replaced_cluster(), replaced, pool(), root=root)
    assert verdict_of(found, passing).verdict == "cascade"
    assert verdict_of(found, POOL).root == passing
    assert found.destroys_after == 0


def test_a_new_resource_on_the_way_stays_unknown_whatever_becomes_of_the_root() -> None:
    new = change("random_id.suffix", None, {}, unknown={"hex": True}, actions=["create"])
    root = module(
        in_configuration(),
        resource("random_id.suffix"),
        resource(POOL, kubernetes_cluster_id=[CLUSTER_ID, "random_id.suffix.hex"]),
    )
    found = judged(replaced_cluster(), new, pool(), root=root)
    (attribute,) = verdict_of(found, POOL).attributes
    assert attribute.verdict == "phantom"
    assert "random_id.suffix.hex" in attribute.reason


def test_a_known_attribute_of_a_changed_resource_makes_nothing_unknown() -> None:
    group = change(
        "azurerm_resource_group.rg", {"name": "rg"}, {"name": "rg", "tags": {"a": "b"}}, actions=["update"]
    )
    root = module(
        in_configuration(),
        resource("azurerm_resource_group.rg"),
        resource(POOL, kubernetes_cluster_id=[CLUSTER_ID, "azurerm_resource_group.rg.name"]),
    )
    assert verdict_of(judged(replaced_cluster(), group, pool(), root=root), POOL).root == CLUSTER


def two_clusters(first: Json, second: Json) -> tuple[Json, ...]:
    return (
        first,
        second,
        pool('azurerm_kubernetes_cluster_node_pool.apps["a"]', of="a", index="a"),
        pool('azurerm_kubernetes_cluster_node_pool.apps["b"]', of="b", index="b"),
    )


def test_a_pool_hangs_on_its_own_cluster_of_several() -> None:
    root = module(
        in_configuration(),
        resource(POOL, kubernetes_cluster_id=["azurerm_kubernetes_cluster.aks", "each.key"]),
    )
    found = judged(
        *two_clusters(
            replaced_cluster('azurerm_kubernetes_cluster.aks["a"]', "a", index="a"),
            cluster(
                ["dns_prefix"],
                "old",
                "new",
                address='azurerm_kubernetes_cluster.aks["b"]',
                name="b",
                index="b",
            ),
        ),
        root=root,
    )
    pools = {item.address[-3]: item for item in found.resources if item.address.startswith(POOL)}
    assert pools["a"].root == 'azurerm_kubernetes_cluster.aks["a"]'
    assert pools["b"].root == 'azurerm_kubernetes_cluster.aks["b"]'
    assert (pools["a"].destroyed, pools["b"].destroyed) == (False, True)
    assert [item.address for item in found.blocked] == ['azurerm_kubernetes_cluster.aks["b"]']


def test_a_pool_does_not_hang_on_the_cluster_of_another_instance_of_its_module() -> None:
    """Only `b` is replaced; what makes the pool of `a` unknown is something else."""
    aks = module(in_configuration(), resource(POOL, kubernetes_cluster_id=[CLUSTER_ID]))
    root = module(calls={"aks": call(aks)})
    found = judged(
        replaced_cluster(f'module.aks["b"].{CLUSTER}', "b"),
        pool(f'module.aks["a"].{POOL}', of="a"),
        pool(f'module.aks["b"].{POOL}', of="b"),
        root=root,
    )
    assert verdict_of(found, f'module.aks["a"].{POOL}').verdict == "phantom"
    assert verdict_of(found, f'module.aks["b"].{POOL}').root == f'module.aks["b"].{CLUSTER}'


def role(reference: str, before: str, after: str | None) -> tuple[Json, Json]:
    """A role assignment for the kubelet identity, as planned and as configured."""
    address = "azurerm_role_assignment.acr_pull"
    planned = change(
        address,
        {"id": "/subscriptions/x/roleAssignments/y", "principal_id": before},
        {} if after is None else {"principal_id": after},
        causes=[["principal_id"]],
        unknown={"id": True, **({"principal_id": True} if after is None else {})},
    )
    return planned, resource(address, principal_id=[reference])


KUBELET: list[str | int] = ["kubelet_identity", 0, "object_id"]
OLD, NEW = "33333333-3333-3333-3333-333333333332", "33333333-3333-3333-3333-333333333342"


def kubelet_cluster() -> Json:
    return cluster(KUBELET, OLD, NEW, with_values={"identity": [{"type": "UserAssigned"}]})


def test_a_role_for_an_identity_that_really_changes_is_replaced() -> None:
    """Its new value is known, so it is no cascade: the old assignment goes, and nothing stands in the way."""
    planned, configured = role("azurerm_kubernetes_cluster.aks.kubelet_identity[0].object_id", OLD, NEW)
    found = judged(kubelet_cluster(), planned, root=module(in_configuration(), configured))
    assert verdict_of(found, "azurerm_role_assignment.acr_pull").verdict == "terraform"
    assert verdict_of(found, "azurerm_role_assignment.acr_pull").destroyed


def test_a_value_made_of_one_that_changes_and_one_that_is_unknown_really_changes() -> None:
    planned, configured = role("azurerm_kubernetes_cluster.aks.kubelet_identity[0].object_id", OLD, None)
    configured["expressions"]["principal_id"]["references"].append("azurerm_kubernetes_cluster.aks.fqdn")
    found = judged(kubelet_cluster(), planned, root=module(in_configuration(), configured))
    verdict = verdict_of(found, "azurerm_role_assignment.acr_pull")
    assert verdict.verdict == "terraform"
    assert verdict.destroyed
    assert "kubelet_identity[0].object_id" in verdict.attributes[0].reason


def test_an_aks_resource_that_really_changes_with_its_root_is_blocked() -> None:
    named = change(
        EXTENSION,
        {"id": f"{cluster_id()}/extensions/flux", "name": "flux-old"},
        {},
        causes=[["name"]],
        unknown={"name": True},
    )
    root = module(
        in_configuration(),
        resource(
            EXTENSION,
            name=["azurerm_kubernetes_cluster.aks.fqdn", "azurerm_kubernetes_cluster.aks.dns_prefix"],
        ),
    )
    found = judged(cluster(["dns_prefix"], "old", "new"), named, root=root)
    verdict = verdict_of(found, EXTENSION)
    assert verdict.verdict == "unavoidable"
    assert verdict.blocked


def test_what_hangs_on_a_root_that_cannot_be_kept_goes_with_it() -> None:
    root = module(in_configuration(), resource(POOL, kubernetes_cluster_id=[CLUSTER_ID]))
    found = judged(cluster(["dns_prefix"], "old", "new"), pool(), root=root)
    assert (verdict_of(found, POOL).verdict, verdict_of(found, POOL).destroyed) == ("cascade", True)
    assert [item.address for item in found.blocked] == [CLUSTER]
    assert found.destroys_after == 2


def test_what_hangs_on_a_root_that_was_asked_for_goes_with_it() -> None:
    root = module(in_configuration(), resource(POOL, kubernetes_cluster_id=[CLUSTER_ID]))
    asked = replaced_cluster(action_reason="replace_by_request")
    found = judged(asked, pool(), root=root)
    assert verdict_of(found, CLUSTER).verdict == "requested"
    assert (found.destroys_after, found.blocked, found.writes) == (2, (), ())


def test_what_hangs_on_a_root_that_was_allowed_goes_with_it() -> None:
    root = module(in_configuration(), resource(POOL, kubernetes_cluster_id=[CLUSTER_ID]))
    found = judged(cluster(["dns_prefix"], "old", "new"), pool(), root=root, replace=frozenset({CLUSTER}))
    assert (found.destroys_after, found.blocked) == (2, ())


SUBNET = "azurerm_subnet.nodes"


def replaced_subnet(**more: Any) -> Json:
    before = {"id": subnet_id("nodes"), "address_prefixes": ["10.0.0.0/24"]}
    return change(
        SUBNET,
        before,
        {"address_prefixes": ["10.0.1.0/24"]},
        causes=[["address_prefixes"]],
        unknown={"id": True},
        **more,
    )


def on_subnet(address: str, path: list[str | int]) -> Json:
    entry = cluster(path, subnet_id("nodes"), None, address=address)
    entry["change"]["after_unknown"] = {"id": True, "default_node_pool": [{"vnet_subnet_id": True}]}
    return entry


VNET: list[str | int] = ["default_node_pool", 0, "vnet_subnet_id"]


def subnet_configuration() -> Json:
    entry = in_configuration()
    entry["expressions"]["default_node_pool"] = [{"vnet_subnet_id": {"references": [f"{SUBNET}.id", SUBNET]}}]
    return module(entry, resource(SUBNET), resource(POOL, kubernetes_cluster_id=[CLUSTER_ID]))


@pytest.mark.parametrize("reason", ["replace_because_cannot_update", "replace_by_request"])
def test_a_cluster_that_would_go_with_a_foreign_resource_is_blocked(reason: str) -> None:
    """Terraform replaces the subnet; Azure would keep the cluster, and nobody else speaks up for it."""
    found = judged(
        replaced_subnet(action_reason=reason), on_subnet(CLUSTER, VNET), pool(), root=subnet_configuration()
    )
    verdict = verdict_of(found, CLUSTER)
    assert (verdict.verdict, verdict.destroyed, verdict.blocked) == ("cascade", True, True)
    assert verdict.reason == f"It goes with {SUBNET}, which terraform replaces."
    assert {item.address for item in found.blocked} == {CLUSTER, POOL}


def test_a_cluster_that_may_go_with_a_foreign_resource_takes_its_pools_along() -> None:
    found = judged(
        replaced_subnet(),
        on_subnet(CLUSTER, VNET),
        pool(),
        root=subnet_configuration(),
        replace=frozenset({CLUSTER, POOL}),
    )
    assert (found.destroys_after, found.blocked) == (3, ())


def test_a_cluster_with_one_cause_to_write_and_one_that_goes_with_a_foreign_resource_is_not_written() -> None:
    entry = on_subnet(CLUSTER, VNET)
    entry["change"]["before"]["network_profile"] = [{"load_balancer_sku": "basic"}]
    entry["change"]["after"]["network_profile"] = [{"load_balancer_sku": "standard"}]
    entry["change"]["before"]["default_node_pool"][0]["type"] = "VirtualMachineScaleSets"
    entry["change"]["replace_paths"].append(SKU)
    found = judged(replaced_subnet(), entry, root=subnet_configuration())
    verdict = verdict_of(found, CLUSTER)
    assert (verdict.verdict, verdict.blocked, found.writes) == ("in_place", True, ())


def test_an_unknown_cause_beside_one_that_azure_can_write_needs_its_root_to_live() -> None:
    """Its cluster is kept, so the write that the other cause asks for makes sense."""
    other = "azurerm_kubernetes_cluster.other"
    entry = pool()
    entry["change"]["before"]["fips_enabled"], entry["change"]["after"]["fips_enabled"] = False, True
    entry["change"]["before"]["os_type"] = "Linux"
    entry["change"]["replace_paths"].append(["fips_enabled"])
    root = module(in_configuration(other), resource(POOL, kubernetes_cluster_id=[f"{other}.id"]))
    found = judged(replaced_cluster(other), entry, root=root)
    assert verdict_of(found, POOL).verdict == "in_place"
    assert {write.address for write in found.writes} == {other, POOL}
    assert found.destroys_after == 0


def test_a_circle_of_references_ends() -> None:
    """No configuration has one, but a trace by values can."""
    first, second = "null_resource.a", "null_resource.b"
    root = module(resource(first, triggers=[f"{second}.id"]), resource(second, triggers=[f"{first}.id"]))
    entries = [
        change(
            name,
            {"id": "1", "triggers": "2"},
            {},
            causes=[["triggers"]],
            unknown={"id": True, "triggers": True},
        )
        for name in (first, second)
    ]
    found = judged(*entries, root=root)
    assert {item.verdict for item in found.resources} == {"cascade"}
