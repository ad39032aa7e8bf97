"""Documents of recordings, as they are and changed, for the tests of this room."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.recorded import Recording, recording
from tfsync.report import Run, document
from tfsync.rules import builtin_rules
from tfsync.terraform.plan import Plan, decode_plan
from tfsync.triage import Permissions, Triage, triage

Json = dict[str, Any]


def planned(name: str, change: Callable[[Json], None] | None = None) -> Plan:
    """The plan of a recording, after `change` had its way with the JSON."""
    data = json.loads((recording(name).path / "plan.json").read_bytes())
    if change is not None:
        change(data)
    return decode_plan(json.dumps(data).encode())


def live_bodies(of: Recording) -> dict[str, Json]:
    """What ARM held, by address."""
    found = of.arm_before()
    bodies = {}
    for entry in of.plan().resource_changes:
        arm_id = (entry.change.before or {}).get("id", "") if entry.mode == "managed" else ""
        body = found if entry.type == "azurerm_kubernetes_cluster" else found.get(arm_id.lower())
        if body:
            bodies[entry.address] = body
    return bodies


def documented(judgement: Triage, **more: Any) -> Json:
    """The document of a judgement, with versions filled in."""
    return document(
        judgement,
        terraform_version="1.11.4",
        providers={"registry.terraform.io/hashicorp/azurerm": "5.2.0"},
        tfsync_version="1.2.3",
        **more,
    )


def judged(
    name: str,
    change: Callable[[Json], None] | None = None,
    *,
    live: bool = False,
    allow: Permissions = Permissions(),  # noqa: B008  frozen
    run: Run | None = None,
    **more: Any,
) -> Json:
    """The document of a recording, judged with or without what ARM held."""
    bodies = live_bodies(recording(name)) if live else {}
    judgement = triage(planned(name, change), builtin_rules(), live=bodies, permissions=allow)
    return documented(judgement, live=bodies, run=run, **more)
