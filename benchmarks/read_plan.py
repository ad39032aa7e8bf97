"""How fast a huge plan is read, as a ratio to the fastest typed parse of the same bytes.

    python benchmarks/read_plan.py [--clusters 10000] [--changed 1000] [--rounds 5]

The plan has the shape of a recorded one, a cluster repeated. "bare" is msgspec decoding the file into the
struct that tfsync uses, and nothing else; "read_plan" is tfsync's reading of it; "changes" goes on and
decodes the values before and after of every resource that changes, which a judgement needs. Each
measurement has a process of its own; they take turns, and the best round counts, so that a busy machine
disturbs all alike.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

RECORDING = Path(__file__).parents[1] / "tests/recordings/azurerm-5.2.0/lb-sku-basic-to-standard/plan.json"


def build(file: Path, clusters: int, changed: int) -> None:
    """Write a plan of that many clusters; the others of them have nothing to do."""
    document = json.loads(RECORDING.read_bytes())
    (cluster,) = (one for one in document["resource_changes"] if one["type"] == "azurerm_kubernetes_cluster")
    untouched = json.loads(json.dumps(cluster))
    untouched.pop("action_reason", None)
    untouched["change"] |= {"actions": ["no-op"], "after": cluster["change"]["before"], "after_unknown": {}}
    untouched["change"].pop("replace_paths", None)
    with file.open("w", encoding="utf-8") as out:
        head = {key: value for key, value in document.items() if key != "resource_changes"}
        out.write(json.dumps(head)[:-1] + ', "resource_changes": [')
        for number in range(clusters):
            one = cluster if number % (clusters // changed) == 0 else untouched
            one |= {"address": f"azurerm_kubernetes_cluster.aks[{number}]", "index": number}
            out.write((", " if number else "") + json.dumps(one, separators=(",", ":")))
        out.write("]}")


def read_bare(file: Path) -> int:
    """The least that any typed reader of the file does."""
    import msgspec

    from tfsync.terraform.plan import _Document

    decoder = msgspec.json.Decoder(_Document)
    document = decoder.decode(file.read_bytes())
    return len(document.resource_changes)


def read_as_tfsync(file: Path) -> int:
    """tfsync's reading: the same parse, checked."""
    from tfsync.terraform.plan import read_plan

    return len(read_plan(file).resource_changes)


def read_the_changes(file: Path) -> int:
    """All that tfsync decodes before it can judge the plan."""
    from tfsync.terraform.plan import read_plan

    plan = read_plan(file)
    changed = [entry.change for entry in plan.resource_changes if not entry.change.is_nothing]
    return sum(1 for change in changed if change.before is not None and change.after is not None)


MEASURED = {"bare": read_bare, "read_plan": read_as_tfsync, "changes": read_the_changes}


def measure(what: str, file: Path) -> tuple[float, float, int]:
    """Seconds, peak resident MB and the count, of one run in a process of its own."""
    command = [sys.executable, __file__, "--measure", what, str(file)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    seconds, megabytes, count = done.stdout.split()
    return float(seconds), float(megabytes), int(count)


def main() -> None:
    """Build, measure, print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--clusters", type=int, default=10_000)
    parser.add_argument("--changed", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--measure", nargs=2, metavar=("WHAT", "FILE"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        what, file = options.measure
        import tfsync.terraform.plan  # noqa: F401 - importing is start-up, not reading

        start = time.perf_counter()
        count = MEASURED[what](Path(file))
        seconds = time.perf_counter() - start
        print(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, count)
        return
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "plan.json"
        build(file, options.clusters, options.changed)
        print(f"{file.stat().st_size / 1e6:.0f} MB, {options.clusters} clusters, {options.changed} changed")
        runs: dict[str, list[tuple[float, float, int]]] = {what: [] for what in MEASURED}
        for _ in range(options.rounds):
            for what, results in runs.items():
                results.append(measure(what, file))
    best = {what: min(results) for what, results in runs.items()}
    print(f"{'':10}{'seconds':>10}{'ratio':>10}{'peak MB':>10}")
    for what, (seconds, megabytes, _) in best.items():
        print(f"{what:10}{seconds:>10.3f}{seconds / best['bare'][0]:>10.2f}{megabytes:>10.0f}")
    print("wanted: read_plan at most 1.2, at most 250 MB")


if __name__ == "__main__":
    main()
