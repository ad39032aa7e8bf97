"""The recordings under tests/recordings, as values for parametrised tests.

    @pytest.mark.parametrize("recording", recordings(), ids=str)
    def test_…(recording: Recording) -> None: …

gives ids like `5.2.0/cascade-lb-sku`. What each file is: tests/recordings/README.md.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tfsync.terraform.plan import Plan

RECORDINGS = Path(__file__).parent / "recordings"
EXCHANGES = RECORDINGS / "exchanges"


@dataclass(frozen=True)
class Recording:
    """One scenario of one provider version. Each call reads anew: a test may change what it got."""

    version: str
    scenario: str
    path: Path

    def __str__(self) -> str:
        return f"{self.version}/{self.scenario}"

    def plan(self) -> Plan:
        """What the real provider planned."""
        from tfsync.terraform.plan import read_plan

        return read_plan(self.path / "plan.json")

    def arm_before(self) -> dict[str, Any]:
        """The cluster's ARM body when the plan was made, or all bodies keyed by id in lower case."""
        return _json(self.path / "arm-before.json")  # type: ignore[no-any-return]

    @property
    def updates_in_place(self) -> bool:
        """Whether the provider applied this by itself, so that its writes were recorded."""
        return (self.path / "provider-writes.json").exists()

    def arm_after(self) -> dict[str, Any]:
        """As `arm_before`, after the provider's own writes. Only where `updates_in_place`."""
        return _json(self.path / "arm-after.json")  # type: ignore[no-any-return]

    def provider_writes(self) -> list[dict[str, Any]]:
        """The requests its apply sent, in order: `method`, `path`, `body`. Only where `updates_in_place`."""
        return _json(self.path / "provider-writes.json")  # type: ignore[no-any-return]


@cache
def recordings() -> list[Recording]:
    """Every recording, sorted by provider version and scenario."""
    found = (
        Recording(plan.parents[1].name.removeprefix("azurerm-"), plan.parent.name, plan.parent)
        for plan in RECORDINGS.glob("azurerm-*/*/plan.json")
    )
    return sorted(found, key=lambda one: (_numbers(one.version), one.scenario))


def recording(name: str) -> Recording:
    """The one called `VERSION/SCENARIO`; a KeyError names what is missing."""
    return {str(one): one for one in recordings()}[name]


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def _json(path: Path) -> Any:
    return json.loads(path.read_bytes())
