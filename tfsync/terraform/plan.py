"""A plan as `terraform show -json` writes it, read once and never changed.

Format: the "JSON output format" of Terraform, format_version 1.x. An unknown major version is refused, an
unknown key is ignored. The values before and after stay raw bytes until somebody asks, because a plan of
10 000 clusters usually changes three.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec

from tfsync.attributes import Path as AttributePath
from tfsync.errors import BadInput

SUPPORTED_MAJOR = "1"
_NULL = msgspec.Raw(b"null")

# Both orders of a replacement: destroy first, or `create_before_destroy`.
_REPLACEMENTS = (("delete", "create"), ("create", "delete"))


class Change(msgspec.Struct, frozen=True, dict=True):
    """What is planned for one object. Values are decoded on first use; treat them as read-only."""

    actions: tuple[str, ...]
    raw_before: msgspec.Raw = msgspec.field(default=_NULL, name="before")
    raw_after: msgspec.Raw = msgspec.field(default=_NULL, name="after")
    raw_after_unknown: msgspec.Raw = msgspec.field(default=_NULL, name="after_unknown")
    raw_before_sensitive: msgspec.Raw = msgspec.field(default=_NULL, name="before_sensitive")
    raw_after_sensitive: msgspec.Raw = msgspec.field(default=_NULL, name="after_sensitive")
    replace_paths: tuple[AttributePath, ...] = ()
    importing: Any = None

    @cached_property
    def before(self) -> Any:
        """The object as state has it, refreshed; None where it does not exist."""
        return msgspec.json.decode(self.raw_before)

    @cached_property
    def after(self) -> Any:
        """The object as planned; what is only known after apply is absent here."""
        return msgspec.json.decode(self.raw_after)

    @cached_property
    def after_unknown(self) -> Any:
        """The same shape as `after`, true where the value is only known after apply."""
        return msgspec.json.decode(self.raw_after_unknown)

    @cached_property
    def before_sensitive(self) -> Any:
        """The same shape as `before`, true where the value must not be shown."""
        return msgspec.json.decode(self.raw_before_sensitive)

    @cached_property
    def after_sensitive(self) -> Any:
        """The same shape as `after`, true where the value must not be shown."""
        return msgspec.json.decode(self.raw_after_sensitive)

    @property
    def is_replacement(self) -> bool:
        """Planned as delete and create, in either order."""
        return self.actions in _REPLACEMENTS

    @property
    def destroys(self) -> bool:
        """Whether the object that exists now will be gone."""
        return "delete" in self.actions

    @property
    def is_nothing(self) -> bool:
        """Planned as no-op."""
        return self.actions == ("no-op",)


class ResourceChange(msgspec.Struct, frozen=True, gc=False):
    """One entry of `resource_changes` or `resource_drift`."""

    address: str
    type: str
    name: str
    change: Change
    mode: str = "managed"
    provider_name: str = ""
    module_address: str = ""
    index: str | int | None = None
    previous_address: str | None = None
    deposed: str | None = None
    action_reason: str | None = None


class _Deferred(msgspec.Struct, frozen=True, gc=False):
    """One entry of `deferred_changes`."""

    resource_change: ResourceChange


class _Document(msgspec.Struct, frozen=True, gc=False):
    """The top level of the JSON; only what tfsync uses."""

    format_version: str
    terraform_version: str = ""
    resource_changes: tuple[ResourceChange, ...] = ()
    resource_drift: tuple[ResourceChange, ...] = ()
    deferred_changes: tuple[_Deferred, ...] = ()
    action_invocations: tuple[Any, ...] = ()
    output_changes: msgspec.Raw = _NULL
    variables: msgspec.Raw = _NULL
    configuration: msgspec.Raw = _NULL
    timestamp: str = ""
    complete: bool = True
    errored: bool = False
    applyable: bool | None = None


class _Version(msgspec.Struct, frozen=True):
    format_version: str


class Plan:
    """A plan that was read. Immutable; two plans of the same bytes are equal in every answer."""

    def __init__(self, document: _Document) -> None:
        self._document = document

    @property
    def terraform_version(self) -> str:
        """The version of terraform or tofu that made the plan."""
        return self._document.terraform_version

    @property
    def resource_changes(self) -> tuple[ResourceChange, ...]:
        """Every resource of the plan, also those with nothing to do."""
        return self._document.resource_changes

    @property
    def resource_drift(self) -> tuple[ResourceChange, ...]:
        """What the refresh of this plan found changed outside Terraform."""
        return self._document.resource_drift

    @property
    def deferred_changes(self) -> tuple[ResourceChange, ...]:
        """What this plan puts off to a later one, because too much is unknown; an apply leaves it alone."""
        return tuple(entry.resource_change for entry in self._document.deferred_changes)

    @property
    def action_invocations(self) -> tuple[Any, ...]:
        """The provider actions (Terraform 1.14) that the apply would invoke, as the JSON has them."""
        return self._document.action_invocations

    @property
    def timestamp(self) -> str:
        """When the plan was made, RFC 3339."""
        return self._document.timestamp

    @property
    def complete(self) -> bool:
        """False where `-target`, `-exclude` or deferral left something out."""
        return self._document.complete

    @property
    def applyable(self) -> bool:
        """Whether applying would do anything: changes, outputs, moves and imports.

        From Terraform 1.7 on the plan says so itself; of an older one, what can be seen in it decides.
        """
        if self._document.applyable is not None:
            return self._document.applyable
        return self.changes_outputs or any(
            not entry.change.is_nothing or entry.previous_address for entry in self.resource_changes
        )

    @property
    def errored(self) -> bool:
        """True where planning failed half-way; such a plan cannot be applied."""
        return self._document.errored

    @cached_property
    def changes_outputs(self) -> bool:
        """Whether a root module output changes; such a plan is worth applying without any resource."""
        outputs = msgspec.json.decode(self._document.output_changes) or {}
        return any(change.get("actions") != ["no-op"] for change in outputs.values())

    @cached_property
    def variables(self) -> Mapping[str, Any]:
        """Root module variables by name, with defaults filled in. Sensitive ones are in the clear here."""
        entries = msgspec.json.decode(self._document.variables) or {}
        return {name: entry.get("value") for name, entry in entries.items()}

    @cached_property
    def ephemeral_variables(self) -> frozenset[str]:
        """Root module variables that were set for the plan and must be set again for its apply.

        They are declared, but the plan does not hold them; from Terraform 1.10 on, nothing else is so.
        """
        declared = self.configuration.get("root_module", {}).get("variables", {})
        return frozenset(declared) - self.variables.keys() if self._has_ephemeral else frozenset()

    @property
    def _has_ephemeral(self) -> bool:
        major, _, rest = self.terraform_version.partition(".")
        minor = rest.partition(".")[0]
        return major.isdigit() and minor.isdigit() and (int(major), int(minor)) >= (1, 10)

    @cached_property
    def configuration(self) -> Mapping[str, Any]:
        """The configuration part of the JSON: provider_config and root_module."""
        return msgspec.json.decode(self._document.configuration) or {}

    @cached_property
    def by_address(self) -> Mapping[str, ResourceChange]:
        """The managed objects that are not deposed, by address."""
        return {
            entry.address: entry
            for entry in self.resource_changes
            if entry.mode == "managed" and entry.deposed is None
        }


def read_plan(path: Path) -> Plan:
    """Read the JSON of `terraform show -json PLAN` from a file.

    Raises BadInput: no such file, not JSON, not a plan, a format this version does not know.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise BadInput("no such file", where=str(path)) from None
    except OSError as error:
        raise BadInput(f"cannot be read: {error.strerror}", where=str(path)) from None
    return decode_plan(data, where=str(path))


def decode_plan(data: bytes, *, where: str = "plan JSON") -> Plan:
    """Read plan JSON from memory; `where` names its origin in messages. Raises as `read_plan` does."""
    try:
        document = _DOCUMENT.decode(data)
    except msgspec.ValidationError as error:
        _refuse_other_formats(data, where)
        raise BadInput(_mistake(data) or f"is JSON, but no plan: {error}", where=where, hint=_HOW) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        message = _mistake(data) or f"is not complete, valid JSON: {error}"
        raise BadInput(message, where=where, hint=_HOW) from None
    _check_format(document.format_version, where)
    if (
        not document.resource_changes
        and not _PLAN_KEYS & msgspec.json.decode(data, type=dict[str, Any]).keys()
    ):
        # `show -json` of a state looks the same up to here; as a plan it would say that nothing changes.
        raise BadInput("is JSON, but no plan: a state?", where=where, hint=_HOW)
    return Plan(document)


_DOCUMENT = msgspec.json.Decoder(_Document)
_PLAN_KEYS = {"planned_values", "resource_changes", "configuration"}
_HOW = "Make it with: terraform plan -out=FILE && terraform show -json FILE"


def _refuse_other_formats(data: bytes, where: str) -> None:
    """A plan of another major format is named as that, whatever else its shape breaks."""
    try:
        version = msgspec.json.decode(data, type=_Version).format_version
    except msgspec.DecodeError:
        return
    _check_format(version, where)


def _mistake(data: bytes) -> str | None:
    """What people give instead of plan JSON, by its first bytes."""
    head = data[:64]
    if not head.strip():
        return "is empty, not a plan"
    if head.startswith(b"PK\x03\x04"):
        return "is a saved plan itself, not its JSON"
    if head.startswith(b'{"@level"'):
        return "is the log of `terraform plan -json`, not the JSON of a plan"
    if head.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")):
        return "is text with a byte order mark (from PowerShell?); plan JSON is UTF-8 without one"
    return None


def _check_format(version: str, where: str) -> None:
    if version.partition(".")[0] != SUPPORTED_MAJOR:
        raise BadInput(
            f"has format_version {version}; this tfsync reads {SUPPORTED_MAJOR}.x",
            where=where,
            hint="Use a tfsync that knows this terraform, or the terraform this tfsync knows.",
        )
