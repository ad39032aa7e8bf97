"""Every fault strikes the requests it is for, those alone, and as often as it says."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.arm import CLUSTER, CURRENT, GROUP, Client, cluster, connected
from tfsync.errors import BadInput
from tfsync.sandbox import Sandbox
from tfsync.sandbox.faults import Faults
from tfsync.sandbox.faultspec import KINDS

POOL = f"{CLUSTER}/agentPools/apps"


def put(arm: Client, **options: Any) -> Any:
    return arm("PUT", CLUSTER, cluster(), version=CURRENT, **options)


@pytest.mark.parametrize(
    ("fault", "status", "code", "retry_after"),
    [
        ("429", 429, "Throttled", "1"),
        ("429:retry_after=7", 429, "Throttled", "7"),
        ("409-in-progress", 409, "OperationNotAllowed", None),
        ("409-etag", 409, "EtagMismatch", None),
        ("412", 412, "PreconditionFailed", None),
        ("500", 500, "InternalServerError", None),
        ("503", 503, "ServerTimeout", None),
        ("503:retry_after=2", 503, "ServerTimeout", "2"),
        ("error:status=403,code=AuthorizationFailed,shape=nested", 403, "AuthorizationFailed", None),
        ("error:status=400,code=QuotaExceeded", 400, "QuotaExceeded", None),
    ],
)
def test_a_fault_answers_once_and_nothing_happens(
    sandbox: Sandbox, arm: Client, fault: str, status: int, code: str, retry_after: str | None
) -> None:
    sandbox.put_fault(fault)
    struck = put(arm)
    assert (struck.status, struck.code, struck.headers.get("retry-after")) == (status, code, retry_after)
    assert ("error" in struck.body) == (status in (403, 500, 503))
    assert arm("GET", CLUSTER, version=CURRENT).status == 404
    assert put(arm).status == 201


@pytest.mark.parametrize(("after", "arrived"), [(False, 404), (True, 200)])
def test_a_reset_comes_before_or_after_the_request_took_effect(
    sandbox: Sandbox, after: bool, arrived: int
) -> None:
    sandbox.put_fault({"fault": "reset", "after": after})
    with connected(sandbox) as first, pytest.raises(ConnectionResetError):
        put(first)
    with connected(sandbox) as second:
        assert second("GET", CLUSTER, version=CURRENT).status == arrived
    assert [line["status"] for line in sandbox.requests()] == [None, arrived]


def test_an_ignored_property_keeps_its_value_and_nothing_says_so(sandbox: Sandbox, arm: Client) -> None:
    put(arm)
    sandbox.put_fault({"fault": "ignore", "property": "properties.networkProfile.ipFamilies"})
    sandbox.put_fault({"fault": "ignore", "property": "properties.agentPoolProfiles.apps.count"})
    body = sandbox.body(CLUSTER)
    body["properties"]["networkProfile"]["ipFamilies"] = ["IPv4", "IPv6"]
    for pool in body["properties"]["agentPoolProfiles"]:
        pool["count"] = 9
    assert arm("PUT", CLUSTER, body, version=CURRENT).status == 200
    after = sandbox.body(CLUSTER)["properties"]
    assert after["networkProfile"]["ipFamilies"] == ["IPv4"]
    assert [pool["count"] for pool in after["agentPoolProfiles"]] == [9, 2]


def test_a_fault_without_a_match_is_for_puts_of_a_cluster(sandbox: Sandbox, arm: Client) -> None:
    put(arm)
    sandbox.put_fault("500")
    assert arm("GET", CLUSTER, version=CURRENT).status == 200
    assert arm("PUT", POOL, {"properties": {"count": 3}}, version=CURRENT).status == 200
    assert arm("PUT", GROUP, {"location": "eastus"}, version="2023-07-01").status == 201
    assert put(arm).status == 500


def test_a_match_picks_method_path_and_turn(sandbox: Sandbox, arm: Client) -> None:
    put(arm)
    sandbox.put_fault({"fault": "503", "match": {"method": "get", "path": "AGENTPOOLS/apps", "nth": 2}})
    read = [arm("GET", POOL, version=CURRENT).status for _ in range(3)]
    assert read == [200, 503, 200]


@pytest.mark.parametrize(("times", "statuses"), [(2, [429, 429, 200]), (0, [429, 429, 429])])
def test_times_says_how_often(sandbox: Sandbox, arm: Client, times: int, statuses: list[int]) -> None:
    put(arm)
    sandbox.put_fault(f"429:times={times}")
    assert [put(arm).status for _ in range(3)] == statuses


def test_cleared_faults_strike_no_more(sandbox: Sandbox, arm: Client) -> None:
    sandbox.put_fault("500:times=0")
    assert put(arm).status == 500
    sandbox.clear_faults()
    assert put(arm).status == 201


def test_the_file_is_read_again_when_it_changes(sandbox: Sandbox, arm: Client) -> None:
    file = sandbox.directory / "faults.json"
    file.write_text(json.dumps([{"fault": "429", "match": {"times": 0}}]))
    assert put(arm).status == 429
    file.write_text(json.dumps([{"fault": "500", "match": {"times": 0}}, {"fault": "412"}]))
    assert put(arm).status == 500
    file.unlink()
    assert put(arm).status == 201


def test_a_file_broken_while_serving_is_named_in_every_answer(sandbox: Sandbox, arm: Client) -> None:
    (sandbox.directory / "faults.json").write_text('[{"fault": "429"}, {"fault": "nonsense"}]')
    struck = put(arm)
    assert (struck.status, struck.code) == (500, "InvalidFaults")
    assert "faults.json, entry 2: unknown fault 'nonsense'" in struck.body["error"]["message"]


@pytest.mark.parametrize(
    ("entry", "complaint"),
    [
        ("nonsense", "unknown fault 'nonsense'"),
        ("slow", "slow needs 'seconds'"),
        ("slow:seconds=soon", "'seconds' must be a number"),
        ("429:often", "'often' is not KEY=VALUE"),
        ("429:colour=red", "unknown key 'colour'"),
        ("429:path=(", "match.path is no regular expression"),
        ("429:times=many", "'match.times' must be a whole number"),
        ("error:status=999,code=X", "999 is no HTTP status"),
        ("error:status=400,code=X,shape=round", "'shape' is flat or nested"),
        ("error:status=400", "error needs 'code'"),
        ('{"fault": "reset", "after": 1}', "'after' must be true or false"),
        ("{nonsense", "not JSON"),
        ('{"fault": "429", "match": []}', "'match' is an object"),
        ({"fault": "429", "match": {"host": "x"}}, "unknown key 'match.host'"),
    ],
)
def test_a_wrong_entry_is_refused_by_name(tmp_path: Path, entry: Any, complaint: str) -> None:
    with pytest.raises(BadInput, match=r"^--fault 2: ") as refused:
        Faults(tmp_path / "faults.json", ["429", entry])
    assert complaint in refused.value.message
    assert "docs/sandbox.md" in (refused.value.hint or "")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("{", "not JSON"),
        ("{}", "the file holds a list of faults"),
        ('["429", 5]', "a fault is an object"),
    ],
)
def test_a_wrong_file_is_refused_before_serving(tmp_path: Path, text: str, complaint: str) -> None:
    (tmp_path / "faults.json").write_text(text)
    with pytest.raises(BadInput, match=complaint) as refused, Sandbox(tmp_path):
        pass
    assert "faults.json" in (refused.value.where or "")


def test_the_documentation_names_every_fault() -> None:
    text = (Path(__file__).parents[2] / "docs" / "sandbox.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`([^`]+)`", "".join(re.findall(r"^\| (`[^|]+`) \|", text, re.MULTILINE))))
    assert set(KINDS) <= named
