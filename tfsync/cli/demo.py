"""`tfsync demo`: the main job, on a loopback Azure."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tfsync.cli import options, output

if TYPE_CHECKING:
    from tfsync.sandbox.demo import Ended
    from tfsync.sandbox.scenarios import Scenario


def demo(
    scenario: Annotated[
        str, typer.Option("--scenario", metavar="NAME", help="Which change; `list` names them all.")
    ] = "load-balancer-sku",
    keep: Annotated[
        bool, typer.Option("--keep", help="Leave the folder, to look around and to play on in.")
    ] = False,
    terraform_bin: options.TerraformBin = None,
) -> int:
    """Watch a plan that would destroy a cluster become a change in place: real terraform, no cloud."""
    from tfsync.sandbox.scenarios import SCENARIOS
    from tfsync.sandbox.scenarios import scenario as find_scenario

    if scenario == "list":
        output.out("".join(f"{item.name:20} {item.says}\n" for item in SCENARIOS.values()))
        return 0
    chosen = find_scenario(scenario)
    if keep:
        folder = Path(tempfile.mkdtemp(prefix="tfsync-demo-"))
        ended = _play(chosen, folder, terraform_bin)
        _how_to_go_on(chosen, folder)
    else:
        with tempfile.TemporaryDirectory(prefix="tfsync-demo-") as name:
            ended = _play(chosen, Path(name), terraform_bin)
    return 0 if ended.code == chosen.ends_with else ended.code or 1


def _play(chosen: Scenario, folder: Path, terraform_bin: str | None) -> Ended:
    from tfsync.sandbox.demo import Demo
    from tfsync.terraform.binary import find

    binary = find(terraform_bin, os.environ)
    color = output.use_color(no_color=False)
    ended = Demo(chosen, folder, binary, output.step, output.raw_out, color).play(os.environ)
    count = f"{len(ended.writes)} write{'' if len(ended.writes) == 1 else 's'}"
    output.step(f"What Azure's log says of that: {count}.")
    for entry in ended.writes:
        output.err(f"        {entry['method']} {entry['path'].partition('?')[0]} -> {entry['status']}\n")
    output.step(f"The demo took {ended.seconds:.0f} s.")
    return ended


def _how_to_go_on(chosen: Scenario, folder: Path) -> None:
    own = Path(sys.executable).with_name("tfsync")
    output.step(f"Everything is in {folder}, which is yours to delete. To go on:")
    output.err(
        f"        {own} sandbox --dir {folder / 'azure'}   # in another terminal\n"
        f"        . {folder / 'azure' / 'env.sh'}\n"
        f"        export TF_CLI_CONFIG_FILE={folder / 'provider' / 'terraform.rc'}\n"
        f"        cd {folder / 'root' / chosen.configuration}\n"
        f"        # change a variable in terraform.tfvars.json, then: {own} plan\n"
    )
