"""Nodes, add-ons and extensions: what each rule makes of a change, and what turns it down."""

from __future__ import annotations

import pytest

from tests.triage.plans import EXTENSION, POOL, Json, change, judged, only
from tests.triage.single import arm, judge, no, written


def test_keys_of_availability_sets_do_not_change() -> None:
    before, after = ({"linux_profile": [{"ssh_key": [{"key_data": key}]}]} for key in "AB")
    found = judge(
        "linux_profile[0].ssh_key[0].key_data", before, after, live=arm([{"type": "AvailabilitySet"}])
    )
    no(found, "availability-set")


def test_a_windows_profile_that_azure_made_is_written_down() -> None:
    found = judge(
        "windows_profile[0].admin_username",
        {"windows_profile": [{"admin_username": "azureuser"}]},
        {"windows_profile": []},
    )
    assert only(found).verdict == "edit_config"
    assert "windows_profile" in (only(found).edit or "")


def test_gmsa_is_not_switched_off_while_azurerm_reads_it_back_as_on() -> None:
    gmsa = {"windows_profile": [{"gmsa": [{"dns_server": "10.0.0.4", "root_domain": "x"}]}]}
    attribute = no(judge("windows_profile[0].gmsa", gmsa, {"windows_profile": [{"gmsa": []}]}), "every plan")
    assert "--disable-windows-gmsa" in (attribute.advice or "")


def test_certificates_are_removed() -> None:
    name = "custom_ca_trust_certificates_base64"
    found = judge(name, {name: ["QQ=="]}, {name: []})
    assert written(found) == {"properties.securityProfile.customCATrustCertificates": []}


def test_a_proxy_is_set_changed_and_not_taken_away() -> None:
    name = "http_proxy_config[0].http_proxy"
    proxies = {"http_proxy_config": [{"http_proxy": "http://a", "no_proxy": ["x"]}]}
    others = {"http_proxy_config": [{"http_proxy": "http://b", "no_proxy": ["x"]}]}
    both = {"properties.httpProxyConfig.httpProxy": "http://b", "properties.httpProxyConfig.noProxy": ["x"]}
    assert written(judge(name, proxies, others)) == both
    assert written(judge(name, {"http_proxy_config": []}, others)) == both
    no(judge(name, proxies, {"http_proxy_config": []}), "left out")


ROUTING = "addon_profile[0].http_application_routing"
ROUTING_ON = f"{ROUTING}[0].enabled"


def routing(*blocks: bool) -> Json:
    return {"addon_profile": [{"http_application_routing": [{"enabled": on} for on in blocks]}]}


def test_http_routing_goes_off_in_place() -> None:
    found = judge(ROUTING_ON, routing(True), routing(False))
    assert written(found) == {
        "properties.addonProfiles.httpApplicationRouting.enabled": False,
        "properties.addonProfiles.httpApplicationRouting.config": None,
    }


@pytest.mark.parametrize("before", [routing(True), routing(False)])
@pytest.mark.parametrize("cause", [ROUTING, ROUTING_ON])
def test_http_routing_that_is_left_out_is_to_be_written_as_off(cause: str, before: Json) -> None:
    """Azure keeps the key of the add-on, so azurerm reads the block back; only `enabled = false` agrees."""
    found = judge(cause, before, routing())
    assert only(found).verdict == "edit_config"
    assert "enabled = false" in (only(found).edit or "")


@pytest.mark.parametrize(("before", "after"), [(routing(), routing(True)), (routing(False), routing(True))])
def test_http_routing_does_not_go_on(before: Json, after: Json) -> None:
    no(judge(ROUTING_ON, before, after), "retired")


def test_http_routing_that_was_never_on_is_not_taken_up_as_off() -> None:
    attribute = no(judge(ROUTING_ON, routing(), routing(False)))
    assert attribute.advice == "Remove the http_application_routing block from the configuration."


@pytest.mark.parametrize(
    ("before", "after", "values"),
    [
        ({"fips_enabled": False}, {"fips_enabled": True}, {"properties.enableFIPS": True}),
        ({"fips_enabled": True}, {"fips_enabled": None}, {"properties.enableFIPS": False}),
        ({"os_sku": "Ubuntu"}, {"os_sku": "AzureLinux"}, {"properties.osSKU": "AzureLinux"}),
        ({"node_taints": ["a=b:NoSchedule"]}, {"node_taints": []}, {"properties.nodeTaints": []}),
        (
            {"node_taints": []},
            {"node_taints": ["a=b:NoSchedule"]},
            {"properties.nodeTaints": ["a=b:NoSchedule"]},
        ),
        ({"node_labels": {"a": "b"}}, {"node_labels": None}, {"properties.nodeLabels": {}}),
    ],
)
def test_a_linux_pool_changes_in_place(before: Json, after: Json, values: Json) -> None:
    (cause,) = before
    found = judge(cause, {**before, "os_type": "Linux"}, after, address=POOL)
    assert written(found) == values
    assert {write.method for write in found.writes} == {"PUT"}


def test_one_label_is_written_with_all_others() -> None:
    before, after = ({"node_labels": {"example.com/team": team, "kept": "yes"}} for team in "ab")
    entry = change(
        POOL, {**before, "id": "/subscriptions/x"}, after, causes=[["node_labels", "example.com/team"]]
    )
    assert written(judged(entry)) == {"properties.nodeLabels": after["node_labels"]}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"fips_enabled": False, "os_type": "Windows"}, {"fips_enabled": True}),
        ({"os_sku": "Windows2019", "os_type": "Windows"}, {"os_sku": "Windows2022"}),
        ({"os_sku": "Ubuntu", "os_type": "Linux"}, {"os_sku": "CBLMariner"}),
        ({"os_sku": "Ubuntu", "os_type": "Linux"}, {"os_sku": None}),
    ],
)
def test_not_every_pool_does(before: Json, after: Json) -> None:
    no(judge(next(iter(after)), before, after, address=POOL))


def test_a_windows_profile_of_a_pool_is_written_down() -> None:
    found = judge(
        "windows_profile",
        {"windows_profile": [{"outbound_nat_enabled": True}]},
        {"windows_profile": []},
        address=POOL,
    )
    assert only(found).verdict == "edit_config"


TRAIN_OF_AZURE = {"release_train": "Stable"}


@pytest.mark.parametrize(
    ("before", "after", "unknown"),
    [
        # Azure can name a train by itself, so that state has one that nobody configured.
        ({"version": "1.16.2", **TRAIN_OF_AZURE}, {"version": "1.17.0"}, {"release_train": True}),
        ({"version": "1.9.0"}, {"version": "1.10.0", "release_train": None}, {}),
        ({"version": None, **TRAIN_OF_AZURE}, {"version": "1.17.0"}, {"release_train": True}),
    ],
)
def test_an_extension_gets_a_version(before: Json, after: Json, unknown: Json) -> None:
    found = judge("version", before, after, unknown=unknown, address=EXTENSION)
    assert written(found) == {
        "properties.version": after["version"],
        "properties.autoUpgradeMinorVersion": False,
    }
    assert [write.method for write in found.writes] == ["PATCH"]


@pytest.mark.parametrize(
    ("before", "after", "word"),
    [
        ({"version": "1.17.0"}, {"version": "1.16.2"}, "go back"),
        ({"version": "1.17.0"}, {"version": "latest"}, "go back"),
        ({"version": "1.17.0"}, {"version": None}, "forgets the version"),
        ({"version": "1.16.2"}, {"version": "1.17.0", "release_train": "preview"}, "in each other's absence"),
    ],
)
def test_an_extension_gets_no_other(before: Json, after: Json, word: str) -> None:
    no(judge("version", before, after, address=EXTENSION), word)


def test_an_extension_moves_to_another_train() -> None:
    found = judge(
        "release_train", {**TRAIN_OF_AZURE, "version": ""}, {"release_train": "Preview"}, address=EXTENSION
    )
    assert written(found) == {
        "properties.releaseTrain": "Preview",
        "properties.autoUpgradeMinorVersion": True,
    }


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({**TRAIN_OF_AZURE, "version": "1.17.0"}, {"release_train": "Preview"}),
        (TRAIN_OF_AZURE, {"release_train": "Preview", "version": "1.17.0"}),
        (TRAIN_OF_AZURE, {"release_train": None}),
    ],
)
def test_a_pinned_extension_does_not(before: Json, after: Json) -> None:
    no(judge("release_train", before, after, address=EXTENSION))


def test_without_an_id_there_is_nothing_to_write_to() -> None:
    entry = change(POOL, {"node_labels": {"a": "b"}}, {"node_labels": {}}, causes=[["node_labels"]])
    no(judged(entry), "no Azure id")
