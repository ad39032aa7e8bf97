"""The provider itself as the reference: where a release updates an attribute in place, a rule that writes
the same attribute for other releases puts the same value at the same ARM path."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.recorded import Recording, recordings
from tfsync.attributes import Path, differences
from tfsync.converge.body import value_at
from tfsync.rules import builtin_rules
from tfsync.rules.values import equal
from tfsync.terraform.plan import Plan, decode_plan
from tfsync.triage import ArmWrite, Permissions, triage
from tfsync.triage.references import Configuration

# What has to be compared at least, so that the comparison cannot come to nothing.
COMPARED = {
    "3.117.1/outbound-lb-to-natgw": {"properties.networkProfile.outboundType"},
    "3.117.1/pool-labels": {"properties.nodeLabels"},
    "3.117.1/pool-taints": {"properties.nodeTaints"},
    "3.117.1/ssh-key-rotate": {"properties.linuxProfile.ssh.publicKeys[0].keyData"},
    "5.2.0/outbound-lb-to-natgw": {"properties.networkProfile.outboundType"},
    "5.2.0/plugin-kubenet-to-overlay": {
        "properties.networkProfile.networkPlugin",
        "properties.networkProfile.networkPluginMode",
    },
    "5.2.0/pool-labels": {"properties.nodeLabels"},
    "5.2.0/pool-taints": {"properties.nodeTaints"},
}
UPDATED = [recording for recording in recordings() if recording.updates_in_place]


def as_replacement(recording: Recording) -> Plan:
    """The same plan from a release that replaces for every attribute that changes.

    As the provider's SDK does it then: what the configuration does not set is unknown afterwards.
    """
    document = json.loads((recording.path / "plan.json").read_bytes())
    configuration = Configuration(document["configuration"])
    for entry in document["resource_changes"]:
        change = entry["change"]
        if change["actions"] == ["update"]:
            change["actions"] = ["delete", "create"]
            change["replace_paths"] = [list(path) for path in differences(change["before"], change["after"])]
            unknown = _forget(configuration, entry["address"], change["after"], ())
            change["after_unknown"] = {**unknown, "id": True}
    return decode_plan(json.dumps(document).encode())


def _forget(
    configuration: Configuration, address: str, values: dict[str, Any], around: Path
) -> dict[str, Any]:
    """Take out what the configuration does not set, and mark it as unknown."""
    unknown: dict[str, Any] = {}
    for name, value in list(values.items()):
        path = (*around, name)
        if not configuration.is_set(address, path):
            unknown[name] = True
            del values[name]
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            unknown[name] = [_forget(configuration, address, value[0], (*path, 0))]
    return unknown


def writes_for(recording: Recording) -> list[ArmWrite]:
    """What the rules would write for each changed attribute, whatever becomes of the whole resource."""
    found = triage(as_replacement(recording), builtin_rules(), permissions=Permissions(preview=True))
    return [write for item in found.resources for attribute in item.attributes for write in attribute.writes]


def sent_to(recording: Recording, arm_id: str) -> dict[str, Any] | None:
    """The body of the provider's own last write to a resource."""
    bodies = [
        write["body"]
        for write in recording.provider_writes()
        if write["path"].partition("?")[0].lower() == arm_id.lower() and write.get("body")
    ]
    return bodies[-1] if bodies else None


@pytest.mark.parametrize("recording", UPDATED, ids=str)
def test_a_rule_writes_what_the_provider_would_write(recording: Recording) -> None:
    compared = set()
    for write in writes_for(recording):
        body = sent_to(recording, write.arm_id)
        assert body, f"the provider did not write to {write.arm_id}"
        for change in write.changes:
            assert equal(value_at(body, change.path), change.values[-1]), change.path
            compared.add(change.path)
        for path in write.omit:
            assert not value_at(body, path), path
    assert compared >= COMPARED.get(str(recording), set())


def test_all_of_these_were_recorded() -> None:
    assert {str(recording) for recording in UPDATED} >= COMPARED.keys()
