"""Every recorded plan against what is known of Azure: the verdicts it has to get, and no write besides."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tests.recorded import Recording, recording, recordings
from tfsync.attributes import to_text
from tfsync.rules import builtin_rules
from tfsync.triage import Permissions, ResourceVerdict, Triage, triage


@dataclass(frozen=True)
class Expected:
    """What one resource of a recording must come to, by which rules, and what is written for it."""

    verdict: str
    rules: frozenset[str]
    writes: tuple[tuple[str, tuple[object, ...]], ...] = ()


def expected(verdict: str, *rules: str, writes: dict[str, tuple[object, ...]] | None = None) -> Expected:
    return Expected(verdict, frozenset(rules), tuple((writes or {}).items()))


IDENTITY = (
    "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/my-rg"
    "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/k2"
)
NETWORK = "properties.networkProfile"

# By scenario, for the releases that replace: those not named update in place or change nothing.
REPLACED: dict[str, dict[str, Expected]] = {
    "disk-encryption-set": dict.fromkeys(
        ("2.36.0", "3.117.1", "5.2.0"), expected("unavoidable", "cluster/disk-encryption-set")
    ),
    "dns-prefix": dict.fromkeys(
        ("2.36.0", "3.117.1", "5.2.0"), expected("unavoidable", "cluster/dns-prefix")
    ),
    "location": dict.fromkeys(
        ("2.36.0", "3.117.1", "5.2.0"), expected("unavoidable", "cluster/name-and-place")
    ),
    "node-resource-group": dict.fromkeys(
        ("2.36.0", "3.117.1", "5.2.0"), expected("unavoidable", "cluster/node-resource-group")
    ),
    "windows-admin-username": dict.fromkeys(
        ("2.36.0", "3.117.1", "5.2.0"), expected("unavoidable", "cluster/windows-admin")
    ),
    # Without API-server VNet integration Azure sets it only when the cluster is made.
    "private-cluster-enable": dict.fromkeys(
        ("2.36.0", "3.117.1", "5.2.0"), expected("unavoidable", "cluster/private-cluster")
    ),
    "lb-sku-basic-to-standard": dict.fromkeys(
        ("2.36.0", "3.117.1", "5.2.0"),
        expected(
            "in_place", "cluster/load-balancer-sku", writes={f"{NETWORK}.loadBalancerSku": ("standard",)}
        ),
    ),
    # The retired add-on is switched on nowhere any more.
    "v2-http-routing-on": {"2.36.0": expected("unavoidable", "cluster/http-application-routing")},
    "v2-policy-and-routing": {"2.36.0": expected("unavoidable", "cluster/http-application-routing")},
    "ssh-key-add-profile": {
        "2.36.0": expected("unavoidable", "cluster/ssh-key", "cluster/linux-admin"),
        "3.117.1": expected("unavoidable", "cluster/linux-admin"),
        "5.2.0": expected("unavoidable", "cluster/ssh-key", "cluster/linux-admin"),
    },
    # 3.36.0 to 3.117.1 spoke a preview api-version and updated the key themselves.
    "ssh-key-rotate": dict.fromkeys(("2.36.0", "5.2.0"), expected("opt_in", "cluster/ssh-key")),
    "kubelet-identity-change": dict.fromkeys(
        ("3.117.1", "5.2.0"),
        expected(
            "in_place",
            "cluster/kubelet-identity",
            writes={
                "properties.identityProfile.kubeletidentity.resourceId": (IDENTITY,),
                "properties.identityProfile.kubeletidentity.clientId": (
                    "33333333-3333-3333-3333-333333333341",
                ),
                "properties.identityProfile.kubeletidentity.objectId": (
                    "33333333-3333-3333-3333-333333333342",
                ),
            },
        ),
    ),
    "network-policy-calico-to-azure": dict.fromkeys(
        ("3.117.1", "5.2.0"),
        expected(
            "in_place", "cluster/network-policy", writes={f"{NETWORK}.networkPolicy": ("none", "azure")}
        ),
    ),
    "plugin-kubenet-to-azure": dict.fromkeys(
        ("3.117.1", "5.2.0"), expected("unavoidable", "cluster/network-plugin")
    ),
    # From 4.66.0 on this is an update.
    "plugin-kubenet-to-overlay": {
        "3.117.1": expected(
            "in_place",
            "cluster/network-plugin",
            writes={f"{NETWORK}.networkPlugin": ("azure",), f"{NETWORK}.networkPluginMode": ("overlay",)},
        )
    },
    "pod-cidr-expand": dict.fromkeys(
        ("3.117.1", "5.2.0"),
        expected("in_place", "cluster/pod-cidr", writes={f"{NETWORK}.podCidr": ("10.240.0.0/12",)}),
    ),
    "service-cidr-change": dict.fromkeys(
        ("3.117.1", "5.2.0"), expected("unavoidable", "cluster/service-network")
    ),
    "rbac-disable": dict.fromkeys(("3.117.1", "5.2.0"), expected("unavoidable", "cluster/rbac")),
    # 4.68.0 made it replace, because Azure refuses.
    "oidc-disable": {"5.2.0": expected("unavoidable", "cluster/oidc-issuer")},
    "api-server-subnet-removed": {"5.2.0": expected("unavoidable", "cluster/api-server-subnet")},
    "default-pool-name": dict.fromkeys(
        ("3.117.1", "5.2.0"), expected("unavoidable", "cluster/default-pool-name")
    ),
    "drain-timeout-removed": {"5.2.0": expected("edit_config", "cluster/default-pool-drain-timeout")},
    "pool-drain-timeout-removed": dict.fromkeys(
        ("3.117.1", "5.2.0"), expected("edit_config", "node-pool/drain-timeout")
    ),
    **{
        scenario: dict.fromkeys(("3.117.1", "5.2.0"), expected("unavoidable", "node-pool/fixed"))
        for scenario in ("pool-gpu-instance", "pool-ppg", "pool-spot")
    },
    # From 4.16.0 on rotated through a second pool.
    **{
        scenario: {"3.117.1": expected("unavoidable", "node-pool/rotated")}
        for scenario in (
            "pool-host-encryption",
            "pool-kubelet-config",
            "pool-max-pods",
            "pool-os-disk-type",
            "pool-vm-size",
            "pool-zones",
        )
    },
    "extension-version": dict.fromkeys(
        ("3.117.1", "5.2.0"),
        expected(
            "in_place",
            "extension/version",
            writes={"properties.version": ("1.17.0",), "properties.autoUpgradeMinorVersion": (False,)},
        ),
    ),
    "extension-version-removed": dict.fromkeys(
        ("3.117.1", "5.2.0"), expected("unavoidable", "extension/version")
    ),
}
# azurerm computes a network policy that is not configured: removing it changes nothing.
NOTHING = {"3.117.1/network-policy-azure-removed", "5.2.0/network-policy-azure-removed"}
CASCADE = "5.2.0/cascade-lb-sku"


def judged(name: Recording, *, preview: bool = False) -> Triage:
    return triage(name.plan(), builtin_rules(), permissions=Permissions(preview=preview))


def expectation(name: Recording) -> Expected:
    if str(name) in NOTHING:
        return expected("nothing")
    return REPLACED.get(name.scenario, {}).get(name.version, expected("terraform"))


def seen(found: Triage) -> Expected:
    """The judgement of a recording with one changed resource, in the words of the table."""
    if not found.resources:
        return expected("nothing")
    (resource,) = found.resources
    rules = {item.rule for item in resource.attributes if item.rule}
    writes = {change.path: change.values for write in found.writes for change in write.changes}
    return expected(resource.verdict, *rules, writes=writes)


@pytest.mark.parametrize("name", [one for one in recordings() if str(one) != CASCADE], ids=str)
def test_a_recorded_plan_gets_the_verdict_that_the_facts_demand(name: Recording) -> None:
    assert seen(judged(name)) == expectation(name)


def test_the_table_names_recordings_only() -> None:
    known = {str(name) for name in recordings()}
    assert {f"{version}/{scenario}" for scenario, cases in REPLACED.items() for version in cases} <= known
    assert known >= {CASCADE, *NOTHING}


@pytest.mark.parametrize("name", recordings(), ids=str)
def test_nothing_is_intercepted_that_terraform_updates(name: Recording) -> None:
    found = judged(name, preview=True)
    replaced = {entry.address for entry in name.plan().resource_changes if entry.change.is_replacement}
    assert {write.address for write in found.writes} <= replaced
    for resource in found.resources:
        if resource.address not in replaced:
            assert resource.verdict == "terraform"
            assert not resource.destroyed
            assert not resource.blocked


@pytest.mark.parametrize("name", recordings(), ids=str)
def test_what_is_not_kept_is_blocked(name: Recording) -> None:
    for resource in judged(name).resources:
        assert resource.blocked == (resource.destroyed and resource.verdict != "cascade")


@pytest.mark.parametrize("version", ["2.36.0", "5.2.0"])
def test_a_key_is_rotated_once_previews_are_allowed(version: str) -> None:
    rotation = recording(f"{version}/ssh-key-rotate")
    assert judged(rotation).destroys_after == 1
    allowed = judged(rotation, preview=True)
    assert (allowed.destroys_after, allowed.blocked) == (0, ())
    (write,) = allowed.writes
    assert write.api_version.endswith("-preview")
    assert [change.path for change in write.changes] == ["properties.linuxProfile.ssh.publicKeys[0].keyData"]


def test_an_addon_that_goes_off_is_switched_off_in_place() -> None:
    """The 2.36.0 recordings switch it on; the same plan backwards is what Azure still does."""
    found = judged_backwards("2.36.0/v2-http-routing-on")
    assert found.verdict == "in_place"
    assert [change for item in found.attributes for write in item.writes for change in write.changes]


def judged_backwards(name: str) -> ResourceVerdict:
    import json

    from tfsync.terraform.plan import decode_plan

    document = json.loads((recording(name).path / "plan.json").read_bytes())
    for entry in document["resource_changes"]:
        change = entry["change"]
        for values in (change["before"], change["after"]):
            routing = values["addon_profile"][0]["http_application_routing"][0]
            routing["enabled"] = not routing["enabled"]
    (found,) = triage(decode_plan(json.dumps(document).encode()), builtin_rules()).resources
    return found


def test_one_root_is_written_and_all_that_hangs_on_it_is_left_alone() -> None:
    found = judged(recording(CASCADE))
    root = "azurerm_kubernetes_cluster.aks"
    assert {resource.address: (resource.verdict, resource.root) for resource in found.resources} == {
        root: ("in_place", None),
        'azurerm_kubernetes_cluster_node_pool.apps["apps"]': ("cascade", root),
        'azurerm_kubernetes_cluster_node_pool.apps["batch"]': ("cascade", root),
        "azurerm_kubernetes_cluster_extension.flux": ("cascade", root),
        "azurerm_role_assignment.acr_pull": ("cascade", root),
        "terraform_data.wait": ("terraform", None),
    }
    assert (found.destroys_planned, found.destroys_after) == (5, 0)
    assert [write.address for write in found.writes] == [root]
    assert not found.blocked


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("5.2.0/private-cluster-enable", "no API-server VNet integration"),
        ("5.2.0/oidc-disable", "OIDCIssuerFeatureCannotBeDisabled"),
        ("5.2.0/location", "identity in Azure"),
        ("5.2.0/plugin-kubenet-to-azure", 'network_plugin_mode = "overlay"'),
        ("2.36.0/v2-http-routing-on", "retired on 2025-03-03"),
    ],
)
def test_the_reason_says_why_azure_cannot(name: str, words: str) -> None:
    (resource,) = judged(recording(name)).resources
    (attribute,) = resource.attributes
    assert words in attribute.reason
    assert attribute.advice


@pytest.mark.parametrize("version", ["3.117.1", "5.2.0"])
def test_an_edit_shows_the_line_to_write(version: str) -> None:
    (resource,) = judged(recording(f"{version}/pool-drain-timeout-removed")).resources
    (attribute,) = resource.attributes
    assert attribute.edit == "drain_timeout_in_minutes = 30"
    assert to_text(attribute.path) == "upgrade_settings[0].drain_timeout_in_minutes"
