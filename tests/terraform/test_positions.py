"""Where attributes are written: HCL, JSON, child modules, and text that is hard to read."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.recorded import Recording, recordings
from tfsync.attributes import Path as AttributePath
from tfsync.terraform.positions import Position, locate

CLUSTER = "azurerm_kubernetes_cluster.main"

MAIN = """\
# resource "azurerm_kubernetes_cluster" "main" {
/* resource "azurerm_kubernetes_cluster" "main" {
*/
locals {
  text = <<-EOT
    resource "azurerm_kubernetes_cluster" "main" {
    ${join("}", ["{"])}
  EOT
  template = "${lookup({ a = "}" }, "a")} {"
  escaped  = "$${ %%{"
}

resource "azurerm_kubernetes_cluster" "main" {
  name  = "x" # }
  count = 2
  tags = {
    a     = 1
    "b.c" = "2"
    d     = { e = [
      1,
      { f = 2 },
    ] }
  }
  network_profile {
    network_plugin    = "azure" /* { */
    load_balancer_sku = "basic"
    inner {
      note = <<EOT
  } ${var.x}
EOT
      last = 1
    }
  }
  default_node_pool { vm_size = "Standard_D2s_v5" }
  set_of {
    a = 1
  }
  set_of {
    a = 2
  }
  dynamic "identity" {
    for_each = [1]
    content {
      type = "SystemAssigned"
    }
  }
  after = "$${not} %%{this} \\" ${"${1}"}"
}
"""


def line_of(text: str, part: str) -> int:
    """The number of the only line that holds this part."""
    (line,) = [number for number, line in enumerate(text.splitlines(), start=1) if part in line]
    return line


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "main.tf").write_text(MAIN)
    return tmp_path


@pytest.mark.parametrize(
    ("path", "part"),
    [
        (("name",), 'name  = "x"'),
        (("network_profile", 0, "load_balancer_sku"), "load_balancer_sku"),
        (("network_profile", "load_balancer_sku"), "load_balancer_sku"),
        (("network_profile", 0, "inner", 0, "last"), "last = 1"),
        (("network_profile", 0, "inner", 0, "note"), "note = <<EOT"),
        (("network_profile", 0, "inner"), "inner {"),
        (("network_profile", 0, "not_written"), "network_profile {"),
        (("default_node_pool", 0, "vm_size"), "vm_size"),
        (("set_of", 1, "a"), "a = 2"),
        (("set_of", 9, "a"), "a = 2"),
        (("identity", 0, "type"), 'dynamic "identity"'),
        (("identity",), 'dynamic "identity"'),
        (("tags", "b.c"), '"b.c"'),
        (("tags", "d", "e", 1, "f"), "f = 2"),
        (("tags", "not_written"), "tags = {"),
        (("after",), "after ="),
    ],
    ids=lambda value: ".".join(map(str, value)) if isinstance(value, tuple) else "",
)
def test_an_attribute_is_found_on_its_line(root: Path, path: AttributePath, part: str) -> None:
    assert locate(root, f"{CLUSTER}[0]", path) == Position(root / "main.tf", line_of(MAIN, part))


def test_what_is_not_written_is_where_the_resource_is(root: Path) -> None:
    header = Position(root / "main.tf", 13)
    assert locate(root, CLUSTER) == header
    assert locate(root, f'{CLUSTER}["a.b[0]"]', ("oms_agent", 0, "workspace_id")) == header


@pytest.mark.parametrize(
    "address",
    ["azurerm_kubernetes_cluster.other", "module.none.a.b", "data.a.b", "a", "", "..", "a.b.c", "a.b["],
)
def test_what_is_not_declared_has_no_position(root: Path, address: str) -> None:
    assert locate(root, address, ("name",)) is None


def test_no_directory_no_position(tmp_path: Path) -> None:
    assert locate(tmp_path / "none", CLUSTER, ("name",)) is None


def test_windows_line_ends_and_a_byte_order_mark_change_nothing(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_bytes(b"\xef\xbb\xbf" + MAIN.replace("\n", "\r\n").encode())
    found = locate(tmp_path, CLUSTER, ("network_profile", 0, "load_balancer_sku"))
    assert found == Position(tmp_path / "main.tf", line_of(MAIN, "load_balancer_sku"))


def test_labels_may_be_bare_words(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text("resource azurerm_kubernetes_cluster main {\n  name = 1\n}\n")
    assert locate(tmp_path, CLUSTER, ("name",)) == Position(tmp_path / "main.tf", 2)


def test_a_data_source_is_told_from_a_resource(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text('resource "a" "b" {}\ndata "a" "b" {\n  name = 1\n}\n')
    assert locate(tmp_path, "data.a.b", ("name",)) == Position(tmp_path / "main.tf", 3)


def test_a_block_that_python_hcl2_refuses_has_its_header(tmp_path: Path) -> None:
    """A comment there is valid HCL, which python-hcl2 8.1 does not read. The next block is not harmed."""
    (tmp_path / "main.tf").write_text(
        'resource "a" "b" {\n  name = /* c */ 1\n}\nresource "a" "c" {\n  name = 1\n}\n'
    )
    assert locate(tmp_path, "a.b", ("name",)) == Position(tmp_path / "main.tf", 1)
    assert locate(tmp_path, "a.c", ("name",)) == Position(tmp_path / "main.tf", 5)


def test_an_override_file_is_named_for_what_it_overrides(root: Path) -> None:
    (root / "a_override.tf").write_text('resource "azurerm_kubernetes_cluster" "main" {\n  name = "y"\n}\n')
    assert locate(root, CLUSTER, ("name",)) == Position(root / "a_override.tf", 2)
    assert locate(root, CLUSTER, ("tags",)) == Position(root / "main.tf", line_of(MAIN, "tags"))
    assert locate(root, CLUSTER) == Position(root / "main.tf", 13)


def test_an_edited_file_is_read_again(root: Path) -> None:
    assert locate(root, CLUSTER, ("name",)) == Position(root / "main.tf", 14)
    (root / "main.tf").write_text("\n\n" + MAIN)
    assert locate(root, CLUSTER, ("name",)) == Position(root / "main.tf", 16)


def test_the_position_in_json(tmp_path: Path) -> None:
    document = {
        "//": {"resource": "a comment"},
        "resource": [{"azurerm_kubernetes_cluster": {"main": [{"name": "x", "pool": [{"a": 1}, {"a": 2}]}]}}],
        "locals": {"resource": {"azurerm_kubernetes_cluster": {"main": {}}}},
    }
    text = json.dumps(document, indent=1)
    (tmp_path / "main.tf.json").write_text(text)
    file = tmp_path / "main.tf.json"
    assert locate(tmp_path, CLUSTER) == Position(file, line_of(text, '"main": ['))
    assert locate(tmp_path, CLUSTER, ("name",)) == Position(file, line_of(text, '"name"'))
    assert locate(tmp_path, CLUSTER, ("pool", 1, "a")) == Position(file, line_of(text, '"a": 2'))
    assert locate(tmp_path, CLUSTER, ("gone",)) == Position(file, line_of(text, '"main": ['))


@pytest.mark.parametrize("recording", recordings(), ids=str)
def test_every_recorded_replacement_is_found_in_its_configuration(
    recording: Recording, tmp_path: Path
) -> None:
    source = recording.path / "after.tf.json"
    if not source.exists():
        source = recording.path / "main.tf"
    text = source.read_text()
    # Written as a person would; the recordings are on one line.
    if source.suffix == ".json":
        text = json.dumps(json.loads(text), indent=2)
    file = tmp_path / ("main.tf.json" if source.suffix == ".json" else "main.tf")
    file.write_text(text)
    for entry in recording.plan().resource_changes:
        if entry.mode != "managed" or not entry.change.after:
            continue
        found = locate(tmp_path, entry.address)
        assert found is not None, entry.address
        header = text.splitlines()[found.line - 1]
        assert entry.name in header
        for path in entry.change.replace_paths:
            found = locate(tmp_path, entry.address, path)
            assert found is not None
            line = text.splitlines()[found.line - 1]
            assert line == header or any(step in line for step in path if isinstance(step, str)), path


@pytest.mark.parametrize("source", ["./child", "../outside/child"])
def test_local_modules_are_followed(tmp_path: Path, source: str) -> None:
    root = tmp_path / "root"
    for directory in (root, root / source, root / source / "deeper"):
        directory.mkdir(parents=True)
    (root / "main.tf").write_text(
        f'module "a" {{\n  for_each = {{}}\n  # source = "./old"\n  source = "{source}"\n}}\n'
    )
    (root / source / "main.tf").write_text('module "b" { source = "./deeper" }\n')
    (root / source / "deeper" / "aks.tf").write_text('\nresource "x_y" "z" {\n  k = 1\n}\n')
    found = locate(root, 'module.a["k.\\"]"].module.b[0].x_y.z["m"]', ("k",))
    assert found is not None
    assert found.line == 3
    assert found.file.samefile(root / source / "deeper" / "aks.tf")


def test_a_module_called_from_json_is_followed(tmp_path: Path) -> None:
    (tmp_path / "main.tf.json").write_text('{"module": {"a": {"source": "./child"}}}')
    (tmp_path / "child").mkdir()
    (tmp_path / "child" / "main.tf").write_text('resource "x_y" "z" {}')
    assert locate(tmp_path, "module.a.x_y.z") == Position(tmp_path / "child" / "main.tf", 1)


@pytest.mark.parametrize("data", [".terraform", "elsewhere"])
def test_other_modules_are_where_init_put_them(tmp_path: Path, data: str) -> None:
    (tmp_path / "main.tf").write_text('module "a" {\n  source  = "Azure/aks/azurerm"\n  version = "1.0"\n}\n')
    installed = tmp_path / data / "modules" / "a"
    installed.mkdir(parents=True)
    (installed / "main.tf").write_text('resource "x_y" "z" {}')
    entries = [{"Key": "", "Source": "", "Dir": "."}, {"Key": "a", "Source": "…", "Dir": f"{data}/modules/a"}]
    (tmp_path / data / "modules" / "modules.json").write_text(json.dumps({"Modules": entries}))
    found = locate(tmp_path, "module.a.x_y.z", data_dir=tmp_path / data)
    assert found == Position(installed / "main.tf", 1)


def test_a_module_that_is_not_installed_has_no_position(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text('module "a" {\n  source = "Azure/aks/azurerm"\n}\n')
    assert locate(tmp_path, "module.a.x_y.z") is None


# --- laws ---------------------------------------------------------------------------------------------

NAMES = st.from_regex(r"[a-z_]{1,6}[a-z]", fullmatch=True).filter(
    lambda name: name not in {"for", "in", "if", "null", "true", "false", "else", "endif", "endfor"}
)
VALUES = st.sampled_from(
    [
        "1",
        '"x"',
        '"}"',
        '"${a.b["}"]}"',
        "{ a = 1 }",
        "[\n1,\n2]",
        "<<-E\n  } {\n  E",
        '"# no comment"',
        "f({\n a = 1\n})",
    ]
)
NOISE = st.sampled_from(["", "# }\n", "// {\n", "/* {\n } */\n", "\n\n"])


@st.composite
def bodies(draw: st.DrawFn, depth: int = 2) -> list[tuple[str, str, Any]]:
    """A body: (noise before it, name, text of the value or body of a block), names unique."""
    names = draw(st.lists(NAMES, unique=True, min_size=1, max_size=4))
    inner = st.one_of(VALUES, bodies(depth=depth - 1)) if depth else VALUES
    return [(draw(NOISE), name, draw(inner)) for name in names]


def render(body: list[tuple[str, str, Any]], line: int) -> tuple[str, list[tuple[AttributePath, int]]]:
    """The text of a body that begins on this line, and the line of each thing in it."""
    text = ""
    places: list[tuple[AttributePath, int]] = []
    for noise, name, value in body:
        text += noise
        here = line + text.count("\n")
        if isinstance(value, str):
            text += f"{name} = {value}\n"
            places.append(((name,), here))
        else:
            inner, inside = render(value, here + 1)
            text += f"{name} {{\n{inner}}}\n"
            places += [((name,), here), *(((name, 0, *path), at) for path, at in inside)]
    return text, places


@settings(max_examples=100, deadline=None)
@given(bodies())
def test_everything_written_is_found_where_it_is(
    tmp_path_factory: pytest.TempPathFactory, body: list[tuple[str, str, Any]]
) -> None:
    root = tmp_path_factory.mktemp("root")
    text, places = render(body, 3)
    (root / "main.tf").write_text(f'locals {{ a = "{{" }}\nresource "a" "b" {{\n{text}}}\n')
    for path, line in places:
        assert locate(root, "a.b", path) == Position(root / "main.tf", line), (path, text)


@settings(max_examples=150, deadline=None)
@given(
    st.text(alphabet='ab"\\${}%\n#/*<-E~=[],: ', max_size=80), st.sampled_from(["main.tf", "main.tf.json"])
)
def test_no_text_is_too_odd(tmp_path_factory: pytest.TempPathFactory, text: str, name: str) -> None:
    root = tmp_path_factory.mktemp("odd")
    header = 'resource "a" "b" {' if name == "main.tf" else '{"resource": {"a": {"b": {'
    (root / name).write_text(f"{header}{text}", encoding="utf-8")
    found = locate(root, "a.b", ("ab", 0, "b"))
    assert found is not None
    assert 1 <= found.line <= text.count("\n") + 1


def test_deep_nesting_is_not_too_deep(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text('resource "a" "b" {\n x = ' + '"${' * 5000 + "\n")
    assert locate(tmp_path, "a.b", ("x",)) == Position(tmp_path / "main.tf", 1)


# --- the kept grammar ---------------------------------------------------------------------------------

LOAD = """
import os, sys
from pathlib import Path
from tfsync.terraform.positions import locate
print(locate(Path(sys.argv[1]), "azurerm_kubernetes_cluster.main", ("name",)).line)
from hcl2.parser import PARSER_FILE
print(PARSER_FILE)
"""


def load(root: Path, **env: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", LOAD, str(root)],
        check=True,
        capture_output=True,
        text=True,
        env={"PYTHONPATH": os.pathsep.join(sys.path), **env},
    )
    assert done.stderr == ""
    return done.stdout.splitlines()


def test_the_grammar_is_kept_where_only_this_user_can_write(root: Path, tmp_path: Path) -> None:
    line, kept = load(root, XDG_CACHE_HOME=str(tmp_path / "cache"))
    assert line == "14"
    assert Path(kept).parent == tmp_path / "cache" / "tfsync"
    assert Path(kept).parent.stat().st_mode & 0o777 == 0o700
    before = Path(kept).stat().st_mtime_ns
    assert load(root, XDG_CACHE_HOME=str(tmp_path / "cache"))[0] == "14"
    assert Path(kept).stat().st_mtime_ns == before, "built again"


def test_without_a_place_to_keep_it_positions_work_all_the_same(root: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    line, kept = load(root, XDG_CACHE_HOME=str(tmp_path / "file"), TMPDIR=str(tmp_path))
    assert line == "14"
    assert not Path(kept).parent.exists(), "left behind"
