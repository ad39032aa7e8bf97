"""One replacement at a time, for the tests of single rules."""

from __future__ import annotations

import re
from typing import Any

from tests.triage.plans import CLUSTER, POOL, Json, change, cluster_id, judged, only
from tfsync.triage import AttributeVerdict, Triage

Path = list[str | int]
POOLS = [{"type": "VirtualMachineScaleSets", "osType": "Linux"}]
SCALE_SET = {"default_node_pool": [{"type": "VirtualMachineScaleSets"}]}


def network(**values: Any) -> Json:
    return {"network_profile": [values]}


def arm(pools: list[Json] | None = None, **network_profile: Any) -> Json:
    """The live body of a cluster, as far as the rules ask for it."""
    return {
        "properties": {
            "currentKubernetesVersion": "1.33.1",
            "agentPoolProfiles": pools or POOLS,
            "networkProfile": network_profile,
        }
    }


def judge(
    cause: str,
    before: Json,
    after: Json,
    *,
    live: Json | None = None,
    unknown: Json | None = None,
    address: str = CLUSTER,
) -> Triage:
    """A replacement for one attribute, its path in terraform's own words."""
    path: Path = [int(step) if step.isdigit() else step for step in re.findall(r"\w+", cause)]
    identity = {"id": f"{cluster_id()}/agentPools/apps" if address == POOL else cluster_id()}
    entry = change(
        address, {**before, **identity}, after, causes=[path], unknown={"id": True, **(unknown or {})}
    )
    return judged(entry, live={address: live} if live else None, preview=True)


def written(found: Triage) -> dict[str, Any]:
    return {
        change.path: change.values if len(change.values) > 1 else change.values[0]
        for write in found.writes
        for change in write.changes
    }


def no(found: Triage, *words: str) -> AttributeVerdict:
    """It is turned down, for a reason that holds the words, with advice and without a write."""
    attribute = only(found)
    assert attribute.verdict == "unavoidable"
    assert attribute.advice
    assert found.writes == ()
    for word in words:
        assert word in attribute.reason
    return attribute
