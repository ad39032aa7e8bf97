"""The demo: a scenario played from the first apply to the last clean plan, with the real tools.

Real terraform, real HTTPS to the loopback ARM, the real tfsync in a process of its own.
"""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tfsync.errors import TerraformFailed
from tfsync.sandbox import Sandbox
from tfsync.sandbox.provider import install
from tfsync.sandbox.scenarios import Scenario
from tfsync.terraform.binary import Binary

_TELLING = re.compile(r"must be replaced|forces replacement|^Plan:.*[1-9] to destroy|^Apply complete")
_COLUMNS = 105


@dataclass(frozen=True)
class Ended:
    """What the demo came to: tfsync's exit code, the writes ARM got from it, and the seconds it all took."""

    code: int
    writes: tuple[Mapping[str, Any], ...]
    seconds: float


@dataclass(frozen=True)
class Demo:
    """A scenario in a folder of its own. `say` gets lines about what happens, `raw` terraform's words."""

    scenario: Scenario
    directory: Path
    terraform: Binary
    say: Callable[[str], None]
    raw: Callable[[bytes], None]
    color: bool = False

    def play(self, environment: Mapping[str, str]) -> Ended:
        """Play it. Raises TerraformFailed when terraform itself fails."""
        started = time.monotonic()
        root = self.scenario.lay_out(self.directory / "root")
        cli_config = install(self.directory / "provider", self.scenario.provider)
        with Sandbox(self.directory / "azure") as azure:
            env = {**environment, **azure.environment(), "TF_CLI_CONFIG_FILE": str(cli_config)}
            env |= {"TF_IN_AUTOMATION": "1", "TF_INPUT": "0"}
            self.say(f"A loopback Azure listens on {azure.url}. Creating the cluster in it with terraform.")
            self._terraform(root, env, "init", "-no-color")
            self._excerpt(self._terraform(root, env, "apply", "-no-color", "-auto-approve"))
            self.say(f"The cluster runs. Now {self.scenario.says}; terraform's own plan (in part):")
            self.scenario.set_variables(root, self.scenario.after)
            plan = self._terraform(root, env, "plan", "-no-color", "-out=change.tfplan")
            self._excerpt(plan)
            flags = " ".join(("", *self.scenario.flags))
            self.say(f"The same plan, given to tfsync: tfsync apply{flags} change.tfplan")
            seen = len(azure.requests())
            code = self._tfsync(root, env)
            asked = azure.requests()[seen:]
            writes = tuple(entry for entry in asked if entry["method"] in ("PUT", "PATCH", "DELETE"))
            return Ended(code, writes, time.monotonic() - started)

    def _excerpt(self, output: str) -> None:
        lines = [line for line in output.splitlines() if _TELLING.search(line)]
        short = (f"    {line[:_COLUMNS]}{'…' if len(line) > _COLUMNS else ''}\n" for line in lines)
        self.raw("".join(short).encode())

    def _terraform(self, root: Path, env: Mapping[str, str], *arguments: str) -> str:
        argv = [str(self.terraform.path), *arguments]
        ended = subprocess.run(argv, cwd=root, env=dict(env), capture_output=True, text=True, check=False)
        if ended.returncode:
            self.raw((ended.stdout + ended.stderr).encode())
            raise TerraformFailed(f"{arguments[0]} failed", code=ended.returncode, where=str(root))
        return ended.stdout

    def _tfsync(self, root: Path, env: Mapping[str, str]) -> int:
        flags = [*self.scenario.flags, "--terraform-bin", str(self.terraform.path)]
        flags += [] if self.color else ["--no-color"]
        argv = [sys.executable, "-m", "tfsync", "apply", *flags, "change.tfplan"]
        return subprocess.run(argv, cwd=root, env=dict(env), check=False).returncode
