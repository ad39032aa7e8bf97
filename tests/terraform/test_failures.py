"""What tfsync says when terraform has failed. test_workspace has terraform itself say these things."""

from __future__ import annotations

import json

import pytest

from tfsync.errors import TerraformFailed
from tfsync.terraform.failures import Command, failure
from tfsync.terraform.run import Ended

PLAN = Command("terraform", "plan", None)


def of(command: Command, *, code: int = 1, stdout: str = "", stderr: str = "") -> TerraformFailed:
    return failure(command, Ended(code, stdout.encode(), stderr.encode()))


@pytest.mark.parametrize(
    "words",
    [
        '│ Error: Backend initialization required, please run "terraform init"\n',
        '│ Error: Module not installed\n│ \n│ This module is not yet installed. Run "terraform init"\n',
        "│ Error: Inconsistent dependency lock file\n│ To make the selections, run:\n│   terraform init\n",
        '\x1b[31m│\x1b[0m \x1b[0mError: Required plugins are not installed\n│ please run "tofu\n│ init"\n',
    ],
)
def test_a_directory_without_init_is_recognised(words: str) -> None:
    error = of(Command("tofu", "plan", "infra"), stderr=words)
    assert error.message == "the working directory is not initialised for this configuration"
    assert error.hint == "Run: tofu -chdir=infra init"
    assert error.where == "infra"


def test_a_lock_without_details_is_still_a_lock() -> None:
    error = of(PLAN, stderr="Error: Error acquiring the state lock\n\nworkspace already locked\n")
    assert error.message == "the state is locked"
    assert "terraform force-unlock LOCK_ID" in str(error.hint)


def test_an_error_in_json_lines_is_recognised() -> None:
    detail = "Lock Info:\n  ID:        8f91\n  Who:       me@host\n  Operation: OperationTypeApply\n"
    line = {"@level": "error", "diagnostic": {"summary": "Error acquiring the state lock", "detail": detail}}
    text = json.dumps(line, separators=(",", ":"))
    assert of(PLAN, stdout=text).message == "the state is locked by me@host (apply), lock id 8f91"


@pytest.mark.parametrize(
    "text", ['{"@level":"error"', '{"@level":"error","diagnostic":null}', '{"@level":"error"}']
)
def test_json_lines_of_another_shape_do_no_harm(text: str) -> None:
    assert of(PLAN, stdout=text).message == "terraform plan failed with exit code 1"


def test_what_a_provisioner_prints_is_not_taken_for_an_error() -> None:
    error = of(Command("terraform", "apply", None), stdout='please run "terraform init"\n')
    assert error.message == "terraform apply failed with exit code 1"
    assert "in the state" in str(error.hint)


def test_a_killed_terraform_is_called_that() -> None:
    assert of(PLAN, code=-9).message == "terraform plan was killed by SIGKILL"
    assert of(PLAN, code=-99).message == "terraform plan was killed by signal 99"
    assert of(PLAN, code=-9).code == -9


def test_output_that_is_no_text_does_no_harm() -> None:
    assert failure(PLAN, Ended(1, b"", b"\xff\xfe")).message == "terraform plan failed with exit code 1"
