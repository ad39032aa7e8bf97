"""Follow the path of an attribute into one block of configuration, as far as it is written there.

Both searches give how many steps of the path they found, and the line of the last of these; 0 steps when
not even the first is there.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Final

from tfsync.attributes import Path, Step
from tfsync.terraform.grammar import parse
from tfsync.terraform.json_keys import Key

Found = tuple[int, int]
NOT_FOUND: Final[Found] = (0, 0)


def in_hcl(block: str, path: Path) -> Found:
    """In the text of one block; its header is line 1."""
    body = _body(block)
    return NOT_FOUND if body is None else _in_body(body, path)


def in_json(keys: Iterable[Key], path: Path) -> Found:
    """Among the keys of one object; lines are those of the keys."""
    found = ((_steps_shared(key.path, path), key.line) for key in keys)
    return max(found, key=lambda one: one[0], default=NOT_FOUND)


@lru_cache(maxsize=64)
def _body(block: str) -> Any:
    """The syntax tree (`lark.Tree`) of what stands between the braces, None where it cannot be read."""
    tree = parse(block)
    if tree is None:
        return None
    return next((node.children[-2] for node in _nodes(tree.children[0], "block")), None)


def _in_body(body: Any, path: Path) -> Found:
    """Attributes by name, blocks by name and index, and `dynamic` blocks for those they make."""
    if not path:
        return NOT_FOUND
    for attribute in _nodes(body, "attribute"):
        if _words(attribute)[0] == path[0]:
            return _join(1, attribute.meta.line, _in_value(attribute.children[-1], path[1:]))
    named = [(_words(block), block) for block in _nodes(body, "block")]
    written = [block for words, block in named if words == [path[0]]]
    dynamic = [block for words, block in named if words == ["dynamic", path[0]]]
    steps, index = (2, path[1]) if len(path) > 1 and isinstance(path[1], int) else (1, 0)
    if dynamic and index >= len(written):
        return steps, dynamic[0].meta.line
    if not written:
        return NOT_FOUND
    # The index of an element of a set says nothing about the order of writing: then any block will do.
    block = written[min(index, len(written) - 1)]
    return _join(steps, block.meta.line, _in_body(block.children[-2], path[steps:]))


def _in_value(value: Any, path: Path) -> Found:
    """Into an object or list that is written out. Anything computed ends the search."""
    if not path or len(value.children) != 1:
        return NOT_FOUND
    inner = value.children[0]
    if _is(inner, "object"):
        for element in _nodes(inner, "object_elem"):
            if _words(element)[0] == path[0]:
                return _join(1, element.meta.line, _in_value(element.children[-1], path[1:]))
    elif _is(inner, "tuple") and isinstance(path[0], int):
        items = [
            item for item in inner.children if hasattr(item, "meta") and not _is(item, "new_line_or_comment")
        ]
        if path[0] < len(items):
            item = items[path[0]]
            return _join(1, item.meta.line, _in_value(item, path[1:]))
    return NOT_FOUND


def _join(steps: int, line: int, inner: Found) -> Found:
    return (steps + inner[0], inner[1]) if inner[0] else (steps, line)


def _is(node: Any, rule: str) -> bool:
    return getattr(node, "data", None) == rule


def _nodes(parent: Any, rule: str) -> list[Any]:
    return [node for node in parent.children if _is(node, rule)]


def _words(node: Any) -> list[str]:
    """The name of an attribute or key, or the type and labels of a block, without quotes."""
    words = []
    for child in node.children:
        if not hasattr(child, "scan_values"):
            break  # the "=", ":" or "{"
        words.append("".join(child.scan_values(lambda token: token.type != "DBLQUOTE")))
    return words


def _steps_shared(key: Path, path: Path) -> int:
    """How many steps of `path` this key stands for; 0 when it lies beside the path.

    In JSON an array of one object and the object alone mean the same block.
    """
    names = tuple(step for step in key if isinstance(step, str))
    if path and names == ("dynamic", path[0]):
        return 1
    steps = 0
    wanted: list[Step] = list(path)
    for step in key:
        if isinstance(step, str) and wanted[:1] == [0]:
            del wanted[0]
            steps += 1
        if wanted[:1] == [step]:
            del wanted[0]
            steps += 1
        elif step != 0:
            return 0
    return steps
