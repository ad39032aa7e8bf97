"""What every format promises: one newline at the end, the same bytes every time, nothing heavy imported."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.recorded import Recording, recordings
from tests.report.judging import documented, judged
from tfsync import report
from tfsync.report import FORMATS, Run, render
from tfsync.rules import builtin_rules
from tfsync.triage import AttributeVerdict, ResourceVerdict, Triage, triage
from tfsync.triage.verdicts import VERDICTS

ROOT = Path(__file__).parents[2]


def python(code: str, seed: str = "0") -> str:
    """What a fresh interpreter prints."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": seed},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


@pytest.mark.parametrize("recording", recordings(), ids=str)
def test_every_format_ends_in_exactly_one_newline(recording: Recording) -> None:
    document = documented(triage(recording.plan(), builtin_rules()))

    for name in FORMATS:
        shown = render(document, name)
        assert shown.endswith("\n")
        assert not shown.endswith("\n\n")
        assert shown.strip()


ACTIONS = (("delete", "create"), ("create", "delete"), ("delete",), ("update",))


@pytest.mark.parametrize("verdict", VERDICTS)
def test_no_judgement_is_beyond_words(verdict: str) -> None:
    """Whatever triage comes to, each format can say it, and says FAIL exactly where it blocks."""
    gone = ResourceVerdict("a.root", "a", ("delete", "create"), "requested", destroyed=True)
    flags = itertools.product(ACTIONS, VERDICTS, (False, True), (False, True), ((), ("a.root",), ("a.none",)))
    for actions, cause, blocked, destroyed, roots in flags:
        attribute = AttributeVerdict(("a", 0), cause, "why", roots=roots, effects=("one_way",))
        resource = ResourceVerdict(
            "a.b", "a", actions, verdict, (attribute,), blocked=blocked, destroyed=destroyed
        )
        document = documented(Triage((gone, resource), (), 2), run=Run(applied=not blocked))
        shown = {name: render(document, name) for name in FORMATS}

        assert "a.b" in shown["text"]
        assert all("a.b" in text for text in shown.values() if blocked)
        assert shown["text"].startswith("FAIL - a.b - ") == blocked


def test_the_same_plan_gives_the_same_bytes_whatever_the_hash_seed() -> None:
    code = (
        "import sys\n"
        "from tests.report.judging import judged\n"
        "from tfsync.report import FORMATS, render\n"
        "for name in ('5.2.0/cascade-lb-sku', '5.2.0/trusted-access-roles', '5.2.0/service-cidr-change'):\n"
        "    document = judged(name, live=True)\n"
        "    sys.stdout.writelines(render(document, format, encoding='ascii') for format in FORMATS)\n"
    )

    first = python(code, "1")

    assert len(first) > 5000
    assert python(code, "2") == first


@pytest.mark.parametrize("name", ["json", "sarif"])
def test_machine_formats_are_ascii_json(name: str) -> None:
    def rename(data: dict[str, object]) -> None:
        data["terraform_version"] = "1.11.4-größe"

    shown = render(judged("5.2.0/cascade-lb-sku", rename), name)

    assert shown.isascii()
    assert isinstance(json.loads(shown), dict)


def test_a_format_that_does_not_exist_is_refused() -> None:
    with pytest.raises(KeyError):
        render(judged("5.2.0/dns-prefix"), "yaml")


def test_the_room_exports_what_it_says() -> None:
    assert sorted(report.__all__) == report.__all__
    assert all(hasattr(report, name) for name in report.__all__)


def test_nothing_heavy_is_imported_until_a_block_is_explained() -> None:
    code = (
        "import sys\n"
        "from tests.report.judging import judged\n"
        "from tfsync.report import FORMATS, render\n"
        "heavy = ('deepdiff', 'rich', 'azure', 'hcl2', 'requests', 'jsonschema')\n"
        "for name in ('5.2.0/cascade-lb-sku', '5.2.0/trusted-access-roles'):\n"
        "    document = judged(name)\n"
        "    [render(document, format) for format in FORMATS]\n"
        "    print(*[module for module in heavy if module in sys.modules], sep=',')\n"
    )

    assert python(code).splitlines() == ["", "deepdiff"]
