"""How long `tfsync --version` takes, as a ratio to `terraform version`.

    python benchmarks/start_up.py [--rounds 15]

The two take turns in one run, and the medians are compared, so that a busy machine disturbs both alike.
terraform is kept from asking for news over the network. `python -c pass` is shown for scale: nothing that
is written in Python starts faster.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path


def seconds(command: list[str]) -> float:
    """Wall time of one run."""
    start = time.perf_counter()
    subprocess.run(
        command,
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "CHECKPOINT_DISABLE": "1"},
    )
    return time.perf_counter() - start


def main() -> None:
    """Measure, print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    script = Path(sys.executable).with_name("tfsync")
    tfsync = [str(script)] if script.exists() else [sys.executable, "-m", "tfsync"]
    commands = {
        "python -c pass": [sys.executable, "-c", "pass"],
        "tfsync --version": [*tfsync, "--version"],
        "tfsync --help": [*tfsync, "--help"],
    }
    if terraform := shutil.which(os.environ.get("TFSYNC_TERRAFORM") or "terraform") or shutil.which("tofu"):
        commands["terraform version"] = [terraform, "version"]
    for command in commands.values():
        seconds(command)  # bytecode and page cache
    runs: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            runs[name].append(seconds(command))
    medians = {name: statistics.median(taken) for name, taken in runs.items()}
    print(f"{'':20}{'median ms':>10}{'best ms':>10}")
    for name, taken in runs.items():
        print(f"{name:20}{medians[name] * 1000:>10.0f}{min(taken) * 1000:>10.0f}")
    if terraform:
        ratio = medians["tfsync --version"] / medians["terraform version"]
        print(f"ratio {ratio:.2f} (tfsync --version to terraform version)")


if __name__ == "__main__":
    main()
