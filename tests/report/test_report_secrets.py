"""Secrets planted in real plans are in no output, whichever way a plan marks them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.report.judging import Json, judged
from tfsync.report import FORMATS, Run, outcome_text, render
from tfsync.triage import Permissions

CANARY = "tf-c4n4ry-s3cret"


def everything(document: Json) -> str:
    """What any command could print of a document, with colour and without."""
    texts = [render(document, name, color=color, width=200) for name in FORMATS for color in (False, True)]
    return "\n".join([*texts, outcome_text(document, width=200)])


def all_sensitive(data: Json) -> None:
    for entry in data["resource_changes"]:
        entry["change"]["before_sensitive"] = entry["change"]["after_sensitive"] = True


def cluster_change(data: Json) -> Json:
    found = (
        entry["change"] for entry in data["resource_changes"] if entry["type"] == "azurerm_kubernetes_cluster"
    )
    return next(found)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("5.2.0/pod-cidr-expand", ["10.244.0.0/16", "10.240.0.0/12"]),
        ("3.117.1/kubelet-identity-change", ["33333333-3333-3333-3333-333333333331", "ignedIdentities/k2"]),
        ("5.2.0/dns-prefix", ["other"]),
        ("2.36.0/ssh-key-add-profile", ["AAAAB3NzaC1yc2E"]),
        ("5.2.0/ssh-key-rotate", ["AAAAB3NzaC1yc2E"]),
        ("5.2.0/storage-blob-on", ["blob_driver_enabled"]),
        ("5.2.0/extension-version", ["1.16.2", "1.17.0"]),
    ],
)
def test_a_value_marked_sensitive_is_shown_nowhere(name: str, values: list[str]) -> None:
    run = Run(applied=True, written=("azurerm_kubernetes_cluster.aks",))
    allow = Permissions(preview=True)

    open_words = everything(judged(name, live=True, allow=allow, run=run))
    hidden = everything(judged(name, all_sensitive, live=True, allow=allow, run=run))

    assert [value for value in values if value not in open_words] == [], "the test would see nothing leak"
    assert [value for value in values if value in hidden] == []
    assert "(sensitive)" in hidden


def test_a_secret_written_along_with_an_open_cause_is_shown_nowhere() -> None:
    """ARM takes the proxy whole: the password goes along where only the exceptions change."""

    def proxy(data: Json, marks: Any) -> None:
        change = cluster_change(data)
        change["after"]["dns_prefix"] = change["before"]["dns_prefix"]
        for side, exceptions in (("before", ["a"]), ("after", ["b"])):
            address = f"http://user:{CANARY}@proxy"
            change[side]["http_proxy_config"] = [{"http_proxy": address, "no_proxy": exceptions}]
            change[f"{side}_sensitive"] = {"http_proxy_config": marks}
        change["replace_paths"] = [["http_proxy_config", 0, "no_proxy"]]

    def printed(marks: Any) -> str:
        return everything(judged("5.2.0/dns-prefix", lambda data: proxy(data, marks), run=Run(True)))

    assert CANARY in printed([{}])
    assert CANARY not in printed([{"http_proxy": True}])
    assert CANARY not in printed([True])
    assert CANARY not in printed(True)


@pytest.mark.parametrize("side", ["before_sensitive", "after_sensitive"])
def test_one_secret_hides_the_whole_block_it_is_in(side: str) -> None:
    def block(data: Json, marks: Any) -> None:
        change = cluster_change(data)
        change["before"]["storage_profile"] = [{"name": "open", "key": CANARY}]
        change["after"]["storage_profile"] = []
        change[side] = {"storage_profile": [marks]}

    def printed(marks: Any) -> str:
        return everything(judged("5.2.0/storage-blob-on", lambda data: block(data, marks), run=Run(True)))

    assert CANARY in printed({"key": False})
    assert CANARY not in printed({"key": True})


def _tags(data: Json, *, marks: Any) -> None:
    change = cluster_change(data)
    change["before"]["tags"] = {"team": "red", "token": f"{CANARY}-old"}
    change["after"]["tags"] = {"team": "blue", "token": f"{CANARY}-new"}
    change["before_sensitive"] = change["after_sensitive"] = {"tags": marks}


@pytest.mark.parametrize("marks", [True, {"token": True}], ids=["all", "one"])
def test_a_secret_in_an_ordinary_update_is_shown_nowhere(marks: Any) -> None:
    def change(data: Json) -> None:
        _tags(data, marks=marks)

    def unmarked(data: Json) -> None:
        _tags(data, marks={})

    assert CANARY in everything(judged("5.2.0/storage-blob-on", unmarked, run=Run(True)))
    assert CANARY not in everything(judged("5.2.0/storage-blob-on", change, run=Run(True)))


def test_values_that_do_not_change_are_not_shown_at_all() -> None:
    def plant(data: Json) -> None:
        for entry in data["resource_changes"]:
            for side in ("before", "after"):
                if isinstance(entry["change"][side], dict):
                    entry["change"][side]["kube_config_raw"] = CANARY

    assert CANARY not in everything(judged("5.2.0/cascade-lb-sku", plant, live=True, run=Run(True)))
