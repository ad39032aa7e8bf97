"""What every resource type of the stand-in does."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from tfsync.sandbox.provider.arm import Arm
from tfsync.sandbox.provider.errors import ProviderError
from tfsync.sandbox.provider.schema import STRING, TIMEOUTS, Fields, Schema, optional_computed, select
from tfsync.sandbox.provider.versions import Version

State = dict[str, Any]


class Resource(ABC):
    """One resource type at one provider version. States are complete, without unknown values."""

    type_name: ClassVar[str]
    fields: ClassVar[Mapping[str, Fields]]
    since: ClassVar[Version] = (0,)

    def __init__(self, version: Version) -> None:
        self.version = version
        self.schema: Schema = {
            **select(self.fields, version),
            "id": optional_computed(STRING),
            "timeouts": TIMEOUTS,
        }

    @property
    def schema_version(self) -> int:
        """The number that the real provider of this version writes into the state."""
        return 0

    def validate(self, config: State) -> list[ProviderError]:
        """What is wrong with a configuration beyond its types. Values may be unknown."""
        return []

    def customize(self, prior: State, planned: State) -> State:
        """The plan of an update, with what the real provider's CustomizeDiff adds to it."""
        return planned

    @abstractmethod
    def create(self, arm: Arm, planned: State) -> str:
        """Create it in Azure and wait. Returns its id."""

    @abstractmethod
    def read(self, arm: Arm, state: State) -> State | None:
        """The state that Azure's answer makes of `state` (which has the id), or None when it is gone."""

    @abstractmethod
    def update(self, arm: Arm, prior: State, planned: State) -> None:
        """Bring Azure from `prior` to `planned`."""

    @abstractmethod
    def delete(self, arm: Arm, state: State) -> None:
        """Delete it in Azure and wait."""


def changed(prior: State, planned: State, *names: str) -> bool:
    """Whether any of these attributes differs: null, "" and an empty list count as the same."""
    return any((prior.get(name) or None) != (planned.get(name) or None) for name in names)


def without_nulls(value: Any) -> Any:
    """A copy of Azure's answer as the provider's models keep it: what is null is not there."""
    if isinstance(value, dict):
        return {name: without_nulls(part) for name, part in value.items() if part is not None}
    return [without_nulls(part) for part in value] if isinstance(value, list) else value
