"""The provider as Terraform sees it: its configuration, and planning, applying and reading resources."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tfsync.sandbox.provider.arm import Arm, Identity
from tfsync.sandbox.provider.diff import Diff, Path
from tfsync.sandbox.provider.errors import ProviderError
from tfsync.sandbox.provider.normalize import normalize
from tfsync.sandbox.provider.replacing import Replacing
from tfsync.sandbox.provider.resource import Resource, State
from tfsync.sandbox.provider.resources import RESOURCES
from tfsync.sandbox.provider.schema import BOOL, STRING, Fields, Schema, block, optional, select, since, until
from tfsync.sandbox.provider.values import UNKNOWN, complete, known_only
from tfsync.sandbox.provider.versions import parse

_GROUP: Final = block({"prevent_deletion_if_contains_resources": optional(BOOL)})
_SCHEMA: Final[Mapping[str, Fields]] = {
    "features": block({"resource_group": _GROUP}, required=True),
    "subscription_id": optional(STRING),
    "tenant_id": optional(STRING),
    "client_id": optional(STRING),
    "client_secret": optional(STRING, sensitive=True),
    "environment": optional(STRING),
    "metadata_host": optional(STRING),
    "use_cli": since("3.0.0", optional(BOOL)),
    "use_msi": optional(BOOL),
    "use_oidc": since("3.0.0", optional(BOOL)),
    "skip_provider_registration": until("4.81.0", optional(BOOL)),
    "resource_provider_registrations": since("4.0.0", optional(STRING)),
    "storage_use_azuread": optional(BOOL),
}


@dataclass(frozen=True)
class Planned:
    """A planned value (None: to be deleted) and the attributes that make it a replacement."""

    value: State | None
    causes: list[Path]


class Provider:
    """azurerm at one version. Values come and go as `tfsync.sandbox.provider.values` has them."""

    def __init__(self, version: str) -> None:
        self.version = parse(version)
        self.schema: Schema = select(_SCHEMA, self.version)
        self.resources: dict[str, Resource] = {
            kind.type_name: kind(self.version) for kind in RESOURCES if self.version >= kind.since
        }
        self._replacing = Replacing.load(version)
        self._arm: Arm | None = None

    def configure(self, config: State) -> None:
        """Learn who and where: from the provider block, else from the environment."""

        def setting(name: str, variable: str) -> str:
            given = config.get(name)
            return str(given) if given not in (None, UNKNOWN, "") else os.environ.get(variable, "")

        identity = Identity(
            tenant=setting("tenant_id", "ARM_TENANT_ID"),
            client=setting("client_id", "ARM_CLIENT_ID"),
            secret=setting("client_secret", "ARM_CLIENT_SECRET"),
            subscription=setting("subscription_id", "ARM_SUBSCRIPTION_ID"),
        )
        if not identity.subscription:
            raise ProviderError(
                "`subscription_id` is a required provider property when performing a plan/apply operation",
                "Set it in the provider block, or ARM_SUBSCRIPTION_ID in the environment.",
            )
        self._arm = Arm(setting("metadata_host", "ARM_METADATA_HOSTNAME"), identity, self.version)

    def validate(self, type_name: str, config: State) -> list[ProviderError]:
        """What is wrong with a resource's configuration."""
        return self.resources[type_name].validate(config)

    def upgrade(self, type_name: str, state: State) -> State:
        """A state as an older provider wrote it, with this version's attributes and no others."""
        whole: State = complete(self.resources[type_name].schema, state)
        return whole

    def import_state(self, type_name: str, resource_id: str) -> State:
        """The state to start an import from: the next read fills it."""
        whole: State = complete(self.resources[type_name].schema, {"id": resource_id})
        return whole

    def plan(self, type_name: str, prior: State | None, proposed: State | None) -> Planned:
        """What an apply would make of the resource."""
        resource = self.resources[type_name]
        if proposed is None:
            return Planned(None, [])
        if prior is None:
            diff = Diff(replaces=(), exists=False)
            created = diff.resource(resource.schema, None, proposed)
            return Planned(normalize(created, proposed, resource.schema), [])
        replaces = self._replacing.always(type_name)
        diff = Diff(replaces, exists=True)
        planned = diff.resource(resource.schema, prior, proposed)
        if forced := self._replacing.by_condition(type_name, resource.schema, prior, planned):
            diff = Diff(replaces | forced, exists=True)
            planned = diff.resource(resource.schema, prior, proposed)
        if not diff.changed:
            return Planned(prior, [])
        planned = resource.customize(prior, normalize(planned, proposed, resource.schema))
        # With a true cause the SDK names the id too; Terraform drops what did not change.
        return Planned(planned, [*diff.causes, ("id",)] if diff.causes else [])

    def read(self, type_name: str, state: State) -> State | None:
        """The resource as Azure has it now; None when it is gone."""
        resource = self.resources[type_name]
        found = resource.read(self.arm, dict(state))
        if found is None:
            return None
        return normalize(complete(resource.schema, found), state, resource.schema)

    def apply(self, type_name: str, prior: State | None, planned: State | None) -> State | None:
        """Carry a plan out and give back the state it leaves."""
        resource = self.resources[type_name]
        if planned is None:
            resource.delete(self.arm, prior or {})
            return None
        wanted: State = known_only(planned)
        if prior is None:
            wanted["id"] = resource.create(self.arm, wanted)
        else:
            resource.update(self.arm, prior, wanted)
        try:
            found = resource.read(self.arm, dict(wanted))
        except ProviderError as error:
            error.left = complete(resource.schema, wanted)
            raise
        if found is None:
            raise ProviderError(f"{wanted['id']} was not found after it was written")
        return normalize(complete(resource.schema, found), planned, resource.schema, applied=True)

    @property
    def arm(self) -> Arm:
        """The Azure to talk to, once configured."""
        if self._arm is None:
            raise ProviderError("the provider is not configured")
        return self._arm
