"""A scenario played for a test: real terraform, the stand-in provider, the loopback ARM, the real tfsync."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tfsync.sandbox import Sandbox
from tfsync.sandbox.provider import install, reattached
from tfsync.sandbox.scenarios import QUICKSTART, Scenario

PINNED = """
terraform {{
  required_providers {{
    azurerm = {{
      source  = "hashicorp/azurerm"
      version = "{}"
    }}
  }}
}}
"""


@dataclass
class World:
    """A scenario's cluster, created; `root` is its root module."""

    azure: Sandbox
    root: Path
    scenario: Scenario
    env: dict[str, str] = field(default_factory=dict)

    @classmethod
    def create(
        cls,
        azure: Sandbox,
        directory: Path,
        scenario: Scenario,
        *,
        cli_config: Path | None = None,
        providers: ExitStack | None = None,
        more: Mapping[str, str] = MappingProxyType({}),
    ) -> World:
        """Lay the scenario out, and apply it with terraform: with the stand-in provider, or another one.

        With `providers` one provider process serves all commands until that stack is closed: no init, and
        a tenth of the time. `more` goes into the environment.
        """
        root = scenario.lay_out(directory / "root")
        (root / "version_override.tf").write_text(PINNED.format(scenario.provider), encoding="utf-8")
        config = cli_config or install(directory / "provider", scenario.provider)
        inherited = {
            key: value for key, value in os.environ.items() if not key.startswith(("ARM_", "TF_", "AZURE_"))
        }
        env = {**inherited, **azure.environment(), **more}
        env |= {"TF_CLI_CONFIG_FILE": str(config), "TF_IN_AUTOMATION": "1"}
        if providers is not None:
            env = providers.enter_context(reattached(scenario.provider, env))
        world = cls(azure, root, scenario, env)
        if providers is None or scenario.configuration == QUICKSTART:
            world.terraform("init", "-no-color")
        world.terraform("apply", "-no-color", "-auto-approve")
        return world

    def terraform(self, *arguments: str) -> str:
        """Run terraform in the root module; a failure fails the test with its words."""
        ended = subprocess.run(
            ["terraform", *arguments],
            cwd=self.root,
            env=self.env,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return ended.stdout

    def change(self, variables: Mapping[str, Any] | None = None) -> None:
        """Set the variables to those of the change."""
        self.scenario.set_variables(self.root, self.scenario.after if variables is None else variables)

    def tfsync(
        self, *arguments: str, env: Mapping[str, str] | None = None, stdin: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """Run tfsync in the root module, as a process of its own."""
        return subprocess.run(
            [sys.executable, "-m", "tfsync", *arguments],
            cwd=self.root,
            env={**self.env, **(env or {})},
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )

    def plan_json(self, plan_file: str = "change.tfplan") -> dict[str, Any]:
        """A saved plan as data."""
        plan: dict[str, Any] = json.loads(self.terraform("show", "-json", plan_file))
        return plan

    def writes(self, since: int = 0) -> list[dict[str, Any]]:
        """What ARM was asked to change, without sign-in, since the request of that number."""
        return [
            entry
            for entry in self.azure.requests()[since:]
            if entry["method"] not in ("GET", "HEAD") and "/subscriptions/" in entry["path"]
        ]

    def mark(self) -> int:
        """How many requests ARM has seen so far."""
        return len(self.azure.requests())


def actions(plan: Mapping[str, Any]) -> dict[str, Sequence[str]]:
    """What a plan does to each managed resource, where it does anything."""
    return {
        entry["address"]: entry["change"]["actions"]
        for entry in plan["resource_changes"]
        if entry["mode"] == "managed" and entry["change"]["actions"] != ["no-op"]
    }
