"""A wrong rule is an error that names file, line and what is wrong; a right one is loaded."""

from __future__ import annotations

from pathlib import Path

import pytest

from tfsync.errors import BadInput
from tfsync.rules import builtin_rules, load_rules
from tfsync.rules.load import read_rule_file

RIGHT = """\
resource: azurerm_kubernetes_cluster_node_pool
method: PUT
api_version: 2025-10-01
rules:
  - id: team/tags
    attributes: [tags]
    replaces: [">=4.0.0"]
    arm_path: properties.tags
    evidence: ["seen in our own subscription"]
    transitions:
      - to: {empty: false}
        verdict: in_place
        reason: Azure changes tags in place.
        requires:
          - live: properties.mode
            state: mode
            equals: User
            otherwise: the pool is a system pool
        writes:
          - {arm_path: properties.tags, attribute: tags}
      - verdict: unavoidable
        reason: Something else.
        advice: Put the old value back.
"""


def test_a_right_file_is_read() -> None:
    file = read_rule_file(RIGHT, "team.yaml")
    assert file.resource == "azurerm_kubernetes_cluster_node_pool"
    # An api-version without quotes is a date in YAML, but not here.
    assert file.api_version == "2025-10-01"
    assert [rule.id for rule in file.rules] == ["team/tags"]


BROKEN = [
    # what is written instead of what, the line of the complaint, a part of its message
    ("verdict: in_place", "verdict: in_palce", 12, "Invalid enum value 'in_palce'"),
    ("requires:", "requries:", 14, "unknown field `requries`"),
    ("equals: User", "equals: User\n            colour: red", 18, "unknown field `colour`"),
    ("    replaces:", "    replace:", 7, "unknown field `replace`"),
    ("    attributes: [tags]\n", "", 5, "missing required field `attributes`"),
    ("attributes: [tags]", "attributes: tags", 6, "Expected `array`"),
    ("attributes: [tags]", "attributes: []", 6, "names no attribute"),
    ("attributes: [tags]", "attributes: [tags, tags]", 6, "`tags` has a rule already"),
    (
        "attributes: [tags]",
        'attributes: ["a[0].b"]',
        6,
        "`a[0].b` is no path such as `network_profile.pod_cidr`",
    ),
    (
        "arm_path: properties.tags\n",
        "arm_path: .tags\n",
        8,
        "is no path such as `properties.networkProfile.podCidr`",
    ),
    ('[">=4.0.0"]', '["4.x"]', 7, "`4.x` is no version range"),
    ('["seen in our own subscription"]', "[]", 9, "needs evidence"),
    (
        "arm_path: properties.tags\n",
        "arm_path: properties.tags\n    encode: rot13\n",
        9,
        "there is no encoder `rot13`",
    ),
    ("{empty: false}", "{empty: false}\n        when: [full_moon]", 12, "there is no predicate `full_moon`"),
    ("attribute: tags}", "attribute: tags, value: 1}", 20, "needs either an attribute or a value"),
    (", attribute: tags}", "}", 20, "needs either an attribute or a value"),
    ("attribute: tags}", "attribute: tags, encode: rot13}", 20, "known: as_is, bool_text"),
    ("            otherwise: the pool is a system pool\n", "", 15, "missing required field `otherwise`"),
    ("            equals: User\n", "", 15, "needs a test: equals"),
    ("equals: User", 'at_least: "1.x"', 17, "`1.x` is no version such as 1.30"),
    ("live: properties.mode\n            state: mode", "unknown: passes", 15, "needs a place to look"),
    ("live: properties.mode", "live: properties.[mode]", 15, "`properties.[mode]` is no path"),
    (
        "reason: Azure",
        "api_version: 2025-10-02-preview\n        reason: Azure",
        13,
        "must say `maturity: preview`",
    ),
    ("reason: Azure", "api_version: latest\n        reason: Azure", 13, "`latest` is no api-version"),
    ("api_version: 2025-10-01", "api_version: latest", 3, "`latest` is no api-version"),
    ("method: PUT\n", "", 1, "needs a method and an api_version"),
    ("method: PUT", "method: POST", 2, "Invalid enum value 'POST'"),
    (
        "azurerm_kubernetes_cluster_node_pool",
        "azurerm_storage_account",
        1,
        "types that begin with `azurerm_kubernetes_`",
    ),
    ("        advice: Put the old value back.\n", "", 21, "gives no advice"),
    ("verdict: unavoidable", "verdict: edit_config", 21, "shows no edit"),
    (
        "verdict: unavoidable",
        "from: x\n        verdict: unavoidable",
        10,
        "the last transition must take everything",
    ),
    ("method: PUT", "method: PUT\nmethod: PUT", 3, "`method` stands here twice"),
    ("verdict: in_place", "verdict: in_place: really", 12, "is no YAML"),
    ("rules:\n", "rules: [\n", 5, "is no YAML"),
    ("method: PUT", "method: !!python/name:os.system", 2, "is no YAML"),
    ("  - id: team/tags\n", "  - {id: team/tags}\n  - id: team/tags\n", 5, "missing required field"),
]


@pytest.mark.parametrize(("old", "new", "line", "words"), BROKEN, ids=[case[3] for case in BROKEN])
def test_a_wrong_rule_is_named_with_its_line(old: str, new: str, line: int, words: str) -> None:
    assert RIGHT.count(old) >= 1
    with pytest.raises(BadInput) as caught:
        read_rule_file(RIGHT.replace(old, new, 1), "team.yaml")
    assert caught.value.where == f"team.yaml:{line}"
    assert words in caught.value.message
    assert caught.value.hint == "docs/rules.md describes the format."


def test_in_place_without_a_path_writes_nothing() -> None:
    text = RIGHT.replace("    arm_path: properties.tags\n", "", 1)
    text = text.replace("        writes:\n          - {arm_path: properties.tags, attribute: tags}\n", "")
    with pytest.raises(BadInput, match="writes nothing"):
        read_rule_file(text, "team.yaml")


@pytest.mark.parametrize("text", ["", "42", "- a\n- b\n", "resource: 1\n"])
def test_yaml_of_another_shape_is_refused_on_the_first_line(text: str) -> None:
    with pytest.raises(BadInput) as caught:
        read_rule_file(text, "team.yaml")
    assert caught.value.where == "team.yaml:1"


def test_yaml_that_is_no_text_for_yaml_is_refused() -> None:
    with pytest.raises(BadInput, match="is no YAML"):
        read_rule_file("resource: \x07", "team.yaml")


def test_own_rules_come_on_top_of_the_builtin_ones(tmp_path: Path) -> None:
    (tmp_path / "team.yaml").write_text(RIGHT, encoding="utf-8")
    (tmp_path / "notes.txt").write_text("no rules", encoding="utf-8")
    book = load_rules(tmp_path)
    found = book.find("azurerm_kubernetes_cluster_node_pool", "tags")
    assert found
    assert found[0].id == "team/tags"
    assert book.resources == builtin_rules().resources
    assert builtin_rules().find("azurerm_kubernetes_cluster_node_pool", "tags") is None


def test_an_own_rule_wins_for_its_attribute(tmp_path: Path) -> None:
    (tmp_path / "team.yml").write_text(RIGHT.replace("[tags]", "[os_sku]"), encoding="utf-8")
    found = load_rules(tmp_path).find("azurerm_kubernetes_cluster_node_pool", "os_sku")
    assert found
    assert found[0].id == "team/tags"


def test_an_id_that_tfsync_uses_is_refused(tmp_path: Path) -> None:
    (tmp_path / "team.yaml").write_text(RIGHT.replace("team/tags", "node-pool/labels"), encoding="utf-8")
    with pytest.raises(BadInput, match=r"taken by a rule in node_pool\.yaml") as caught:
        load_rules(tmp_path)
    assert caught.value.where == f"{tmp_path / 'team.yaml'}:5"


def test_an_id_that_another_own_file_uses_is_refused(tmp_path: Path) -> None:
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text(RIGHT, encoding="utf-8")
    with pytest.raises(BadInput, match=r"taken by a rule in .*a\.yaml"):
        load_rules(tmp_path)


@pytest.mark.parametrize("name", ["nowhere", "."])
def test_a_directory_without_rules_is_no_set_of_rules(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadInput, match="holds no rule file"):
        load_rules(tmp_path / name)


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "team.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadInput, match="is no text in UTF-8"):
        load_rules(tmp_path)


def test_a_folder_with_the_name_of_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "team.yaml").mkdir()
    with pytest.raises(BadInput, match="cannot be read"):
        load_rules(tmp_path)
