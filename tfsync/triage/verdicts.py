"""The values that triage makes: what happens to each attribute, each resource, and the whole plan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from tfsync.attributes import MISSING, Path
from tfsync.rules.model import OWN_TYPES

IN_PLACE: Final = "in_place"
OPT_IN: Final = "opt_in"
EDIT_CONFIG: Final = "edit_config"
PHANTOM: Final = "phantom"
CASCADE: Final = "cascade"
REQUESTED: Final = "requested"
UNAVOIDABLE: Final = "unavoidable"
TERRAFORM: Final = "terraform"

# In the order of the report's summary.
VERDICTS: Final = (IN_PLACE, OPT_IN, EDIT_CONFIG, PHANTOM, CASCADE, REQUESTED, UNAVOIDABLE, TERRAFORM)

# A resource is what its worst attribute is.
SEVERITY: Final = (CASCADE, IN_PLACE, OPT_IN, PHANTOM, EDIT_CONFIG, UNAVOIDABLE)


def is_own(resource_type: str) -> bool:
    """Whether a resource type is one of AKS, whose loss this tool exists to prevent."""
    return resource_type.startswith(OWN_TYPES)


@dataclass(frozen=True)
class ArmChange:
    """One ARM property and the values it is set to, in turn; the last one is the goal.

    `path` is dotted, with indices: `properties.linuxProfile.ssh.publicKeys[0].keyData`. `was` is what the
    plan was made from, as ARM spells it; MISSING where the plan does not say.
    """

    path: str
    values: tuple[Any, ...]
    sensitive: bool = False
    was: Any = MISSING

    def __repr__(self) -> str:
        """As a dataclass prints itself, but for what must not be shown: tracebacks and logs print values."""
        values = "(sensitive)" if self.sensitive else repr(self.values)
        return f"ArmChange({self.path!r}, {values})"


@dataclass(frozen=True)
class ArmWrite:
    """One request to ARM: these properties of this resource change, and nothing else.

    `omit` names properties that are left out of the body because ARM derives them from the changed ones.
    `alone` says that no other change may share the request.
    """

    address: str
    arm_id: str
    method: str
    api_version: str
    changes: tuple[ArmChange, ...]
    omit: tuple[str, ...] = ()
    alone: bool = False


@dataclass(frozen=True)
class AttributeVerdict:
    """What is to become of one changed attribute. Of sensitive values only the writes know."""

    path: Path
    verdict: str
    reason: str
    rule: str | None = None
    before: Any = None
    after: Any = None
    unknown: bool = False
    sensitive: bool = False
    effects: tuple[str, ...] = ()
    advice: str | None = None
    edit: str | None = None
    # The replaced resources that make this value unknown.
    roots: tuple[str, ...] = ()
    # Azure was not asked, and its answer could turn the verdict.
    undecided: bool = False
    writes: tuple[ArmWrite, ...] = ()

    @property
    def root(self) -> str | None:
        """The first of the roots."""
        return self.roots[0] if self.roots else None


@dataclass(frozen=True)
class ResourceVerdict:
    """What is to become of one resource of the plan."""

    address: str
    type: str
    actions: tuple[str, ...]
    verdict: str
    attributes: tuple[AttributeVerdict, ...] = ()
    root: str | None = None
    reason: str | None = None
    advice: str | None = None
    arm_id: str | None = None
    # Where the resource really changes what another one refers to, that other is replaced all the same.
    destroyed: bool = False
    blocked: bool = False


@dataclass(frozen=True)
class Permissions:
    """What the person allowed beyond the ordinary."""

    preview: bool = False
    replace: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True)
class Triage:
    """The judgement of a whole plan."""

    resources: tuple[ResourceVerdict, ...]
    writes: tuple[ArmWrite, ...]
    destroys_planned: int

    @property
    def destroys_after(self) -> int:
        """How many objects are still destroyed when tfsync carries the plan out."""
        return sum(resource.destroyed for resource in self.resources)

    @property
    def blocked(self) -> tuple[ResourceVerdict, ...]:
        """The resources for whose sake nothing may be applied."""
        return tuple(resource for resource in self.resources if resource.blocked)

    @property
    def intercepted(self) -> tuple[ResourceVerdict, ...]:
        """The replaced resources that ARM changes in place instead."""
        written = {write.address for write in self.writes}
        return tuple(resource for resource in self.resources if resource.address in written)

    @cached_property
    def summary(self) -> Mapping[str, int]:
        """The counts of the report: resources by verdict, and what is destroyed before and after."""
        counts = Counter(resource.verdict for resource in self.resources)
        return {
            **{verdict: counts[verdict] for verdict in VERDICTS},
            "destroys_planned": self.destroys_planned,
            "destroys_after": self.destroys_after,
        }
