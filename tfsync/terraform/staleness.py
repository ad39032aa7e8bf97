"""Whether a saved plan still fits the state and the configuration, checked before any write.

terraform compares lineage and serial of the state inside the plan file with those of the state it finds
(internal/backend/local, "Saved plan is stale"). tfsync writes to Azure before terraform applies, so it has
to know earlier. And where terraform applies the configuration inside the plan file, tfsync plans anew from
the files on disk: they must be the same.

The plan file is a zip. Of its member `tfstate` only lineage and serial are read; `tfconfig/` holds the
.tf files of each module as they were, and where each module lay (internal/configs/configload/snapshot.go).
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import msgspec

from tfsync.errors import BadInput

_HOW: Final = "Plan again, and let what it finds be approved again."
_MANIFEST: Final = "tfconfig/modules.json"
_SHOWN: Final = 5  # changed files that a message names; a new checkout may have hundreds


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


class _Module(msgspec.Struct, frozen=True, rename="pascal"):
    """One entry of a module manifest: the module's key (`aks.pool`, empty for the root) and its directory."""

    key: str
    dir: str


class _Manifest(msgspec.Struct, frozen=True, rename="pascal"):
    """`.terraform/modules/modules.json`."""

    modules: tuple[_Module, ...] = ()


def refuse_edited(plan_file: Path, root: Path, data_dir: Path, *, tofu: bool = False) -> None:
    """Raise BadInput unless the .tf files on disk are those the plan was made from.

    The root module and all modules it calls are compared, installed ones too. Line endings do not count,
    because a checkout may change them. `tofu`: OpenTofu also reads .tofu files.
    """
    try:
        with zipfile.ZipFile(plan_file) as archive:
            changes = sorted(set(_changes(archive, root, _installed(data_dir), tofu)))
    except (zipfile.BadZipFile, KeyError, msgspec.DecodeError):
        raise BadInput(
            "does not say from which configuration it was made, so tfsync cannot tell whether it fits",
            where=str(plan_file),
            hint="Run tfsync apply without a saved plan.",
        ) from None
    except OSError as error:
        raise BadInput(f"cannot be read: {error.strerror}", where=str(error.filename or plan_file)) from None
    if changes:
        more = f" and {len(changes) - _SHOWN} more" if len(changes) > _SHOWN else ""
        raise BadInput(
            "the configuration has changed since the plan was made, so nothing was written: "
            f"{', '.join(changes[:_SHOWN])}{more}",
            where=str(plan_file),
            hint=f"{_HOW} Or bring back the files that it was made from.",
        )


def _changes(archive: zipfile.ZipFile, root: Path, installed: Mapping[str, str], tofu: bool) -> Iterator[str]:
    """Every file that differs, as `main.tf (edited)`."""
    for module in msgspec.json.decode(archive.read(_MANIFEST), type=list[_Module]):
        # Another checkout may have its modules installed elsewhere; the key is the same everywhere.
        directory = Path(installed.get(module.key, module.dir))
        prefix = f"tfconfig/m-{module.key}/"
        planned = {name.removeprefix(prefix): name for name in archive.namelist() if name.startswith(prefix)}
        present = {path.name: path for path in _configuration_files(root / directory, tofu)}
        for name in planned.keys() | present.keys():
            if name not in present:
                yield f"{directory / name} (gone)"
            elif name not in planned:
                yield f"{directory / name} (added)"
            elif _same_lines(archive.read(planned[name])) != _same_lines(present[name].read_bytes()):
                yield f"{directory / name} (edited)"


def _installed(data_dir: Path) -> dict[str, str]:
    """The directory of each module as `terraform init` has installed it, relative to the root module."""
    try:
        manifest = msgspec.json.decode((data_dir / "modules" / "modules.json").read_bytes(), type=_Manifest)
    except FileNotFoundError:
        return {}
    return {module.key: module.dir for module in manifest.modules}


def _configuration_files(directory: Path, tofu: bool) -> list[Path]:
    """The files of a module that terraform reads (internal/configs/parser_config_dir.go)."""
    found = {path.name: path for path in directory.glob("*") if _is_read(path.name) and path.is_file()}
    names = {name for name in found if name.endswith((".tf", ".tf.json"))}
    if tofu:
        own = {name for name in found if name.endswith((".tofu", ".tofu.json"))}
        # main.tofu stands in for main.tf, and main.tofu.json for main.tf.json.
        names = own | (names - {name.replace(".tofu", ".tf") for name in own})
    return [found[name] for name in names]


def _is_read(name: str) -> bool:
    """False for what editors leave behind."""
    return not (name.startswith(".") or name.endswith("~") or (name.startswith("#") and name.endswith("#")))


def _same_lines(data: bytes) -> bytes:
    return data.replace(b"\r\n", b"\n")
