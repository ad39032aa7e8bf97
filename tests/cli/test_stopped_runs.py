"""A run that fails after the write still says what it has done."""

from __future__ import annotations

import json

import pytest

from tests.recorded import RECORDINGS
from tfsync.cli.apply import Watcher
from tfsync.cli.options import Format
from tfsync.cli.session import Session
from tfsync.converge.judged import Judged
from tfsync.converge.outcome import Outcome
from tfsync.errors import Interrupted, TerraformFailed, TfsyncError
from tfsync.rules import builtin_rules
from tfsync.terraform.plan import read_plan
from tfsync.triage import Permissions, triage

PLAN = RECORDINGS / "azurerm-5.2.0" / "lb-sku-basic-to-standard" / "plan.json"


def outcome() -> Outcome:
    plan = read_plan(PLAN)
    judged = Judged(plan, triage(plan, builtin_rules()))
    return Outcome(judged, written=tuple({write.address for write in judged.triage.writes}), journal="run-1")


def watcher(form: Format) -> Watcher:
    session = Session(None, None, form, no_color=True)
    return Watcher(session, builtin_rules(), Permissions(), approved=True)


@pytest.mark.parametrize(
    "error",
    [TerraformFailed("refresh failed", code=1), Interrupted("stopped")],
    ids=lambda error: type(error).__name__,
)
def test_the_report_says_what_was_written(error: TfsyncError, capsys: pytest.CaptureFixture[str]) -> None:
    done = outcome()
    error.outcome = done
    assert done.written
    watcher(Format.json).stopped(error, 4)
    report = json.loads(capsys.readouterr().out)
    assert report["outcome"]["written"] == list(done.written)
    assert report["outcome"]["applied"] is False
    watcher(Format.text).stopped(error, 4)
    assert done.written[0] in capsys.readouterr().out


def test_an_error_before_any_write_has_no_report(capsys: pytest.CaptureFixture[str]) -> None:
    watcher(Format.json).stopped(TerraformFailed("init first", code=1), 1)
    assert capsys.readouterr().out == ""
