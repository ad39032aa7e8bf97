"""Whether a saved plan still fits the state: the check terraform makes at apply, made before any write.

terraform compares lineage and serial of the state inside the plan file with those of the state it finds
(internal/backend/local, "Saved plan is stale"). tfsync writes to Azure before terraform applies, so it has
to know earlier. The plan file is a zip; of its state member only lineage and serial are read.
"""

from __future__ import annotations

import zipfile
from pathlib import Path

import msgspec

from tfsync.errors import BadInput

_HOW = "Plan again, and let what it finds be approved again."


class StateIdentity(msgspec.Struct, frozen=True):
    """Which state, and which version of it. No state at all is the empty lineage."""

    lineage: str = ""
    serial: int = 0


def identity_of_plan(plan_file: Path) -> StateIdentity:
    """The state a plan was made from. Raises BadInput where the file does not say (an encrypted plan)."""
    try:
        with zipfile.ZipFile(plan_file) as archive:
            return identity_of_state(archive.read("tfstate"))
    except (zipfile.BadZipFile, KeyError, OSError, msgspec.DecodeError):
        raise BadInput(
            "does not say from which state it was made, so tfsync cannot tell whether it is stale",
            where=str(plan_file),
            hint="Encrypted plans are like that. Run tfsync apply without a saved plan.",
        ) from None


def identity_of_state(data: bytes) -> StateIdentity:
    """The identity in state JSON; the empty one where there is no state yet."""
    return msgspec.json.decode(data, type=StateIdentity) if data.strip() else StateIdentity()


def refuse_stale(plan_file: Path, current: StateIdentity) -> None:
    """Raise BadInput unless the plan was made from the current state."""
    planned = identity_of_plan(plan_file)
    # terraform gives a lineage to a first state only when it is written.
    if planned.serial == current.serial and current.lineage in (planned.lineage, ""):
        return
    raise BadInput(
        "the saved plan is stale: the state has changed since it was made, so nothing was written",
        where=str(plan_file),
        hint=_HOW,
    )
