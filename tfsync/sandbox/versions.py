"""Kubernetes versions: which there are, what a short one means, and how a cluster's pools must carry them."""

from __future__ import annotations

from tfsync.sandbox.wire import Answer, Body, provider_error

# Two patch versions that the recordings name, one minor apart, so that an upgrade can be played.
KNOWN = ("1.32.5", "1.33.2")
DEFAULT = KNOWN[-1]


def full(version: str) -> str:
    """`1.33` is answered as it was asked for, and runs as its latest known patch."""
    if version.count(".") >= 2:
        return version
    return next((known for known in reversed(KNOWN) if known.startswith(version + ".")), version + ".0")


def catch_up(body: Body) -> None:
    """What a finished operation does: the version that runs is the one that was asked for."""
    properties = body["properties"]
    if wanted := properties.get("kubernetesVersion"):
        properties["currentKubernetesVersion"] = full(wanted)
    for pool in (properties, *(properties.get("agentPoolProfiles") or [])):
        if wanted := pool.get("orchestratorVersion"):
            pool["currentOrchestratorVersion"] = full(wanted)


def check_pools(current: Body, requested: Body) -> Answer | None:
    """The rule that a GET body put back can break (arm-mutability §3.8).

    In a cluster PUT the pools' `orchestratorVersion` must all be set or all be unset; a set one must be
    what the pool runs now, or the control plane's. The *desired* version a GET shows can lag behind.
    """
    now, wanted = current["properties"], requested["properties"]
    asked = {p["name"]: p.get("orchestratorVersion") or "" for p in wanted.get("agentPoolProfiles") or []}
    runs = {p["name"]: p.get("currentOrchestratorVersion") for p in now.get("agentPoolProfiles") or []}
    control_plane = full(wanted.get("kubernetesVersion") or now.get("kubernetesVersion") or DEFAULT)
    some_unset = any(asked.values()) and not all(asked.values())
    changed = any(v and full(v) not in (runs.get(name), control_plane) for name, v in asked.items())
    if not some_unset and not changed:
        return None
    return provider_error(
        400,
        "NotAllAgentPoolOrchestratorVersionSpecifiedAndUnchanged",
        "Through the managed cluster API, either all agent pools' OrchestratorVersion must be specified or "
        "none; a specified one must be unchanged or the control plane's.",
        target="properties.agentPoolProfiles",
    )


def available(cluster: Body) -> list[str]:
    """The versions that its pools may have: known ones no newer than the control plane, and what runs."""
    current = cluster["properties"].get("currentKubernetesVersion") or DEFAULT
    pools = cluster["properties"].get("agentPoolProfiles") or []
    running = {p.get("currentOrchestratorVersion") or current for p in pools}
    return sorted({current, *running, *(v for v in KNOWN if _number(v) <= _number(current))}, key=_number)


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())
