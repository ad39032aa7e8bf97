"""The report for a terminal: the words, the order, the folding, and lines that fit."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.recorded import Recording, recordings
from tests.report.judging import Json, documented, judged, live_bodies
from tfsync.report import Failure, Run, outcome_text, render
from tfsync.report.groups import groups
from tfsync.rules import builtin_rules
from tfsync.terraform.positions import Position
from tfsync.triage import AttributeVerdict, Permissions, ResourceVerdict, Triage, triage

CLUSTER = "azurerm_kubernetes_cluster.aks"
POOL = "azurerm_kubernetes_cluster_node_pool.p"


def text(document: Json, **more: Any) -> str:
    return render(document, "text", **more)


def squeezed(shown: str) -> str:
    """The text as one line: what was wrapped is whole again."""
    return " ".join(shown.split())


def summary(document: Json) -> str:
    """The last sentence, unwrapped."""
    return re.sub(r"\n +", " ", text(document, width=200).rstrip("\n").rpartition("\ntfsync: ")[2])


def resource(verdict: str, address: str = "azurerm_kubernetes_cluster.a", **more: Any) -> ResourceVerdict:
    return ResourceVerdict(address, address.partition(".")[0], ("delete", "create"), verdict, **more)


def test_the_summary_of_a_kept_cluster_and_all_that_hangs_on_it() -> None:
    shown = text(judged("5.2.0/cascade-lb-sku"))

    assert shown.endswith("\n\ntfsync: 5 to destroy → 0 to destroy; 1 changed in place, 4 kept with it.\n")


def test_everything_about_a_kept_cluster_is_there() -> None:
    positions = {(CLUSTER, ("network_profile", 0, "load_balancer_sku")): Position(Path("main.tf"), 26)}
    document = judged("5.2.0/cascade-lb-sku", live=True, positions=positions)
    cause = document["resources"][0]["attributes"][0]
    shown = text(document)

    assert f"{CLUSTER}" in shown.splitlines()[0]
    assert "  KEPT (in_place): " in shown
    assert "  network_profile[0].load_balancer_sku: basic → standard (main.tf:26)\n" in shown
    assert cause["reason"] in squeezed(shown)
    assert f"Advice: {cause['advice']}" in squeezed(shown)
    assert "Beware: Workloads are interrupted; there is no way back.\n" in shown
    assert "  PUT (api-version 2025-10-01) networkProfile.loadBalancerSku: basic → standard\n" in shown


def test_cascades_are_folded_under_their_root() -> None:
    lines = text(judged("5.2.0/cascade-lb-sku")).splitlines()
    start = lines.index("  4 resources are replaced only because of this one, and stay:")

    assert lines[start + 1 : start + 5] == [
        "    azurerm_kubernetes_cluster_extension.flux",
        '    azurerm_kubernetes_cluster_node_pool.apps["apps"]',
        '    azurerm_kubernetes_cluster_node_pool.apps["batch"]',
        "    azurerm_role_assignment.acr_pull",
    ]
    assert sum("azurerm_role_assignment.acr_pull" in line for line in lines) == 1


def test_a_cascade_of_a_cascade_belongs_to_the_first_root() -> None:
    made = documented(
        Triage(
            (
                resource(
                    "cascade", "azurerm_role_assignment.c", root="azurerm_kubernetes_cluster_node_pool.b"
                ),
                resource("cascade", "azurerm_kubernetes_cluster_node_pool.b", root=CLUSTER),
                resource("in_place", CLUSTER),
            ),
            (),
            3,
        )
    )

    (group,) = groups(made)

    assert group.resource["address"] == CLUSTER
    assert [entry["address"].partition(".")[2] for entry in group.cascades] == ["c", "b"]
    assert "2 resources are replaced only because of this one, and stay:" in text(made)


def along(verdict: str, *roots: str, **more: Any) -> ResourceVerdict:
    """A pool that refers to others which are replaced."""
    link = AttributeVerdict(("kubernetes_cluster_id",), "cascade", "why", unknown=True, roots=roots)
    own = (AttributeVerdict(("vnet",), "in_place", "Azure can."),) if verdict == "in_place" else ()
    return resource(verdict, POOL, attributes=(link, *own), root=roots[0], **more)


def test_of_two_roots_a_cascade_is_shown_with_the_one_that_is_lost() -> None:
    kept = resource("in_place", "azurerm_kubernetes_cluster.kept")
    lost = resource("requested", "azurerm_kubernetes_cluster.lost", destroyed=True, reason="why")
    pool = along("cascade", kept.address, lost.address, destroyed=True)

    shown = groups(documented(Triage((kept, lost, pool), (), 3)))

    assert [(group.resource["address"], len(group.cascades)) for group in shown] == [
        (kept.address, 0),
        (lost.address, 1),
    ]


def test_a_deposed_object_does_not_take_along_what_refers_to_its_address() -> None:
    deposed = ResourceVerdict(
        CLUSTER, "azurerm_kubernetes_cluster", ("delete",), "requested", reason="Left over.", destroyed=True
    )
    made = documented(Triage((deposed, resource("in_place", CLUSTER), along("cascade", CLUSTER)), (), 3))

    assert [entry["goes_with"] for entry in made["resources"]] == [[], [], []]
    assert "1 resource is replaced only because of this one, and stays:" in text(made)
    assert summary(made).endswith("1 changed in place, 1 kept with it, 1 destroyed as you asked.")


@pytest.mark.parametrize("verdict", ["cascade", "in_place"])
def test_a_pool_that_would_be_lost_with_something_else_blocks_under_its_own_name(verdict: str) -> None:
    network = ResourceVerdict(
        "azurerm_subnet.s", "azurerm_subnet", ("delete", "create"), "terraform", destroyed=True
    )
    reason = "It goes with azurerm_subnet.s, which terraform replaces."
    pool = along(verdict, network.address, destroyed=True, blocked=True, reason=reason)
    shown = text(documented(Triage((network, pool), (), 2)))

    assert shown.startswith(f"FAIL - {POOL} - tfsync/{verdict}\n")
    assert f"  BLOCKED ({verdict}): would be lost with what it refers to.\n  {reason}\n" in shown


@pytest.mark.parametrize("verdict", ["cascade", "in_place"])
def test_a_pool_that_goes_with_a_blocked_cluster_is_not_called_allowed(verdict: str) -> None:
    cluster = resource("unavoidable", CLUSTER, blocked=True, destroyed=True)
    made = documented(Triage((cluster, along(verdict, CLUSTER, destroyed=True)), (), 2))

    assert made["resources"][1]["goes_with"] == [CLUSTER]
    assert "allowed" not in text(made)
    assert POOL in text(made)


def test_cascades_in_a_ring_are_shown_all_the_same() -> None:
    made = documented(
        Triage((resource("cascade", "a.x", root="a.y"), resource("cascade", "a.y", root="a.x")), (), 2)
    )

    assert {group.resource["address"] for group in groups(made)} == {"a.x", "a.y"}


def test_cascades_of_what_is_lost_do_not_stay() -> None:
    def by_request(data: Json) -> None:
        for entry in data["resource_changes"]:
            if entry["address"] == CLUSTER:
                entry["action_reason"] = "replace_by_request"

    shown = text(judged("5.2.0/cascade-lb-sku", by_request))

    assert "and stay" not in shown
    assert "4 resources are replaced only because of this one:" in shown
    assert summary(judged("5.2.0/cascade-lb-sku", by_request)) == (
        "5 to destroy → 5 to destroy; 1 destroyed as you asked, 4 replaced along with these."
    )


@pytest.mark.parametrize("recording", recordings(), ids=str)
@pytest.mark.parametrize("width", [60, 100])
def test_lines_fit_the_terminal(recording: Recording, width: int) -> None:
    """Only one piece that must not be broken may be wider: an address, a path, a policy line, code."""
    bodies = live_bodies(recording)
    judgement = triage(recording.plan(), builtin_rules(), live=bodies)
    document = documented(judgement, live=bodies, run=Run(True, written=tuple(bodies), seconds=1.0))
    edits = {
        line.strip()
        for entry in document["resources"]
        for item in entry["attributes"]
        for line in (item["edit"] or "").splitlines()
    }

    for line in text(document, width=width).splitlines():
        in_one_piece = " " not in line.strip() or line.startswith("FAIL - ") or line.strip() in edits
        assert len(line) <= width or in_one_piece


@pytest.mark.parametrize("recording", recordings(), ids=str)
def test_every_resource_of_the_plan_is_in_the_text(recording: Recording) -> None:
    document = documented(triage(recording.plan(), builtin_rules()))
    shown = text(document)

    assert [entry["address"] for entry in document["resources"] if entry["address"] not in shown] == []


def test_what_blocks_is_named_first_and_the_same_way_every_time() -> None:
    shown = text(judged("5.2.0/service-cidr-change"))

    assert shown.startswith(f"FAIL - {CLUSTER} - cluster/service-network\n\n")
    assert shown.count("FAIL - ") == 1
    assert "BLOCKED (unavoidable): " in shown
    assert summary(judged("5.2.0/service-cidr-change")) == (
        "1 to destroy; blocked by 1 resource, and nothing is applied."
    )


def test_colour_does_not_get_before_the_policy_lines() -> None:
    assert text(judged("5.2.0/dns-prefix"), color=True).startswith("FAIL - ")


@pytest.mark.parametrize("recording", recordings(), ids=str)
def test_a_policy_check_passes_and_fails_on_the_text_as_the_verdicts_say(recording: Recording) -> None:
    """Atlantis: empty output, FAIL at its beginning, or "<n> failure" anywhere is a failed check."""
    judgement = triage(recording.plan(), builtin_rules())
    shown = text(documented(judgement))

    fails = not shown.strip() or shown.startswith("FAIL") or re.search(r"[1-9][0-9]* failure", shown)

    assert bool(fails) == bool(judgement.blocked)


def test_causes_without_a_rule_do_not_share_a_policy_line() -> None:
    causes = tuple(AttributeVerdict((name,), "unavoidable", "No rule.") for name in ("a", "b"))
    shown = text(documented(Triage((resource("unavoidable", attributes=causes, blocked=True),), (), 1)))

    assert shown.startswith(
        "FAIL - azurerm_kubernetes_cluster.a - unavoidable/a\n"
        "FAIL - azurerm_kubernetes_cluster.a - unavoidable/b\n"
    )


def test_only_what_is_in_the_way_gets_a_policy_line() -> None:
    causes = (
        AttributeVerdict(("a",), "in_place", "Azure can.", rule="cluster/a"),
        AttributeVerdict(("b",), "unavoidable", "Azure cannot.", rule="cluster/b"),
    )
    shown = text(
        documented(Triage((resource("unavoidable", attributes=causes, blocked=True, destroyed=True),), (), 1))
    )

    assert re.findall("FAIL - .*", shown) == ["FAIL - azurerm_kubernetes_cluster.a - cluster/b"]
    assert re.search("Azure can.\n +This alone would not be in the way.", shown)


def test_one_reason_for_several_causes_is_given_once() -> None:
    document = judged("5.2.0/service-cidr-change")
    shown = text(document)

    assert squeezed(shown).count(document["resources"][0]["attributes"][0]["reason"]) == 1
    assert "service_cidr: 10.0.0.0/16 → 10.1.0.0/16\n" in shown
    assert "dns_service_ip: 10.0.0.10 → 10.1.0.10\n" in shown


def test_an_edit_is_shown_with_its_place() -> None:
    path = ("default_node_pool", 0, "upgrade_settings", 0, "drain_timeout_in_minutes")
    positions = {(CLUSTER, path[:3]): Position(Path("aks.tf"), 40)}
    shown = text(judged("5.2.0/drain-timeout-removed", positions=positions))

    assert "    Write instead (aks.tf:40)\n      drain_timeout_in_minutes = 30\n" in shown


def test_an_edit_of_several_lines_keeps_its_lines() -> None:
    edit = "block {\n  name = 1\n}"
    cause = AttributeVerdict(("block",), "edit_config", "why", edit=edit)
    shown = text(documented(Triage((resource("edit_config", attributes=(cause,), blocked=True),), (), 1)))

    assert "      block {\n        name = 1\n      }\n" in shown


def test_azure_not_asked_is_said_only_where_its_answer_counts() -> None:
    unasked = text(judged("5.2.0/private-cluster-enable"), width=120)
    asked = text(judged("5.2.0/private-cluster-enable", live=True), width=120)

    assert "Azure was not asked" in unasked
    assert "Azure was not asked" not in asked


def test_what_is_only_known_after_apply_says_so() -> None:
    cause = AttributeVerdict(("subnet_id",), "phantom", "why", before="/a/b", unknown=True)
    shown = text(documented(Triage((resource("phantom", attributes=(cause,), blocked=True),), (), 1)))

    assert "subnet_id: /a/b → (known after apply)\n" in shown


@pytest.mark.parametrize(
    ("allow", "word"),
    [
        (Permissions(), "BLOCKED (opt_in): can be changed in place, but only through a preview api-version"),
        (
            Permissions(preview=True),
            "KEPT (opt_in): Azure changes it in place, through a preview api-version.",
        ),
        (
            Permissions(replace=frozenset({CLUSTER})),
            "REPLACED (opt_in): you allowed it with --allow-replace.",
        ),
    ],
    ids=["nothing", "preview", "replace"],
)
def test_a_permission_changes_what_becomes_of_the_resource(allow: Permissions, word: str) -> None:
    assert word in text(judged("5.2.0/ssh-key-rotate", allow=allow), width=120)


def test_an_allowed_replacement_is_counted_as_such() -> None:
    allow = Permissions(replace=frozenset({CLUSTER}))

    assert summary(judged("5.2.0/ssh-key-rotate", allow=allow)) == (
        "1 to destroy → 1 to destroy; 1 replaced as you allowed."
    )


def test_what_left_the_configuration_is_destroyed_in_its_own_words() -> None:
    gone = ResourceVerdict(
        "azurerm_kubernetes_cluster.old",
        "azurerm_kubernetes_cluster",
        ("delete",),
        "requested",
        reason="It is no longer in the configuration.",
        destroyed=True,
    )
    shown = text(documented(Triage((gone,), (), 1)))

    assert "  DESTROYED (requested): It is no longer in the configuration.\n" in shown
    assert shown.count("It is no longer in the configuration.") == 1
    assert shown.endswith("tfsync: 1 to destroy → 1 to destroy; 1 destroyed as you asked.\n")


def test_a_long_list_of_what_was_given_up_is_cut_and_counted() -> None:
    gone = tuple(
        ResourceVerdict(f"a.b[{number}]", "a", ("delete",), "requested", reason="why", destroyed=True)
        for number in range(500)
    )
    shown = text(documented(Triage(gone, (), 500)))

    assert shown.count("DESTROYED (requested): ") == 20
    assert "… and 480 more that terraform replaces or destroys.\n" in shown
    assert shown.endswith("; 500 destroyed as you asked.\n")


def test_a_plan_without_anything_to_judge_still_says_something() -> None:
    assert text(documented(Triage((), (), 0))) == "tfsync: nothing to destroy.\n"


def test_updates_are_summed_up() -> None:
    updates = tuple(
        ResourceVerdict(
            f"azurerm_kubernetes_cluster.c{number}",
            "azurerm_kubernetes_cluster",
            ("update",),
            "terraform",
            tuple(AttributeVerdict((f"a{index}",), "terraform", "", before=1, after=2) for index in range(9)),
        )
        for number in range(40)
    )
    shown = text(documented(Triage(updates, (), 0)))

    assert len(shown.splitlines()) < 45
    assert shown.count("    … and 4 more\n") == 5
    assert "  … and 35 more\n" in shown
    assert shown.endswith("tfsync: nothing to destroy; 40 updated by terraform.\n")


def test_a_changed_list_is_explained() -> None:
    shown = text(judged("5.2.0/trusted-access-roles"))

    assert "added Microsoft.MachineLearningServices/workspaces/inference-v1\n" in shown


def test_colour_adds_nothing_but_colour() -> None:
    for name in ("5.2.0/cascade-lb-sku", "5.2.0/dns-prefix", "5.2.0/ssh-key-rotate"):
        document = judged(name, run=Run(True))
        coloured = text(document, color=True)

        assert "\x1b" not in text(document, color=False)
        assert "\x1b[" in coloured
        assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == text(document)


def test_a_value_cannot_reach_the_terminal() -> None:
    evil = "\x1b[2J\x9b31m\r\u202eevil"
    cause = AttributeVerdict(("tags", evil), "unavoidable", f"why {evil}", before=evil, after={"a": evil})
    made = documented(
        Triage((resource("unavoidable", f'a.b["{evil}"]', attributes=(cause,), blocked=True),), (), 1),
        run=Run(False, failed=(Failure("a.b", evil),)),
    )

    for name in ("text", "markdown", "github"):
        shown = render(made, name)
        assert [char for char in shown if not char.isprintable() and char != "\n"] == []
        assert "evil" in shown


def test_a_stream_without_arrows_gets_plain_ones() -> None:
    tags = AttributeVerdict(("tags",), "unavoidable", "why", before="Zürich", after="日本" * 80)
    made = documented(Triage((resource("unavoidable", attributes=(tags,), blocked=True),), (), 1))
    shown = text(made, encoding="ascii", width=60)

    assert shown.isascii()
    assert "1 to destroy; blocked by 1 resource" in shown
    assert "Z\\xfcrich -> " in shown
    assert "Zürich → " in text(made, encoding="utf-8")


class TestOutcome:
    def outcome(self, run: Run, name: str = "5.2.0/cascade-lb-sku") -> str:
        return outcome_text(judged(name, live=True, run=run))

    def test_says_what_was_written_what_was_kept_and_what_it_cost(self) -> None:
        kept = ("azurerm_kubernetes_cluster.aks", "azurerm_role_assignment.acr_pull")
        shown = self.outcome(
            Run(
                True,
                kept=kept,
                written=(CLUSTER,),
                residual={"create": 0, "update": 2},
                arm_requests=4,
                terraform_invocations=1,
                seconds=61.26,
                journal="2026-01-01-x",
            )
        )

        assert "networkProfile.loadBalancerSku: basic → standard\n" in shown
        assert "Kept with that:\n  azurerm_role_assignment.acr_pull\n" in shown
        assert "Terraform then updated 2.\n" in shown
        assert "4 requests to ARM, 1 run of terraform, 61.3 s. Journal: 2026-01-01-x.\n" in shown
        assert "0 of 5 destroyed; 1 changed in place, 4 kept with it; nothing is left to" in shown

    def test_a_clean_residual_is_said(self) -> None:
        assert "Terraform then had nothing left to do.\n" in self.outcome(Run(True, written=(CLUSTER,)))

    def test_does_not_claim_a_clean_plan_that_nobody_made(self) -> None:
        shown = self.outcome(Run(True), "5.2.0/k8s-version")

        assert shown.endswith("tfsync: nothing destroyed; 1 updated by terraform.\n")

    def test_what_is_left_is_named(self) -> None:
        shown = self.outcome(Run(True, written=(CLUSTER,), left=("azurerm_x.y",)))

        assert "Still to change, says the last plan:\n  azurerm_x.y\n" in shown
        assert "4 kept with it; 1 resource still\n  to change.\n" in shown
        assert "nothing is left" not in shown

    def test_a_resource_that_could_not_be_changed(self) -> None:
        shown = self.outcome(Run(False, failed=(Failure(CLUSTER, "409 Conflict\nTry again."),)))

        assert f"Not changed:\n  {CLUSTER}\n    409 Conflict\n    Try again.\n" in shown
        assert shown.endswith("tfsync: 1 resource could not be changed, so terraform applied nothing.\n")
        assert "Changed in Azure" not in shown

    def test_a_proof_that_failed(self) -> None:
        shown = self.outcome(Run(False, written=(CLUSTER,), differences=("a.b: was not in the plan",)))

        assert "Not approved, so not applied:\n  a.b: was not in the plan\n" in shown
        assert "what is left is not what was approved, so terraform applied" in shown

    def test_long_lists_are_cut(self) -> None:
        shown = self.outcome(Run(True, kept=tuple(f"a.b{number}" for number in range(30))))

        assert "  … and 20 more\n" in shown

    def test_the_text_of_a_run_holds_the_judgement_and_the_outcome(self) -> None:
        document = judged("5.2.0/cascade-lb-sku", run=Run(True, written=(CLUSTER,)))

        assert text(document).endswith("\n" + outcome_text(document))
        assert text(document).startswith(CLUSTER)
