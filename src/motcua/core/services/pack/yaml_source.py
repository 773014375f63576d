"""YAML read for people: only true and false are truth values, dates stay text, every value knows its line.

A file is a plain value for the program and, at the same time, a text that a clerk reads and edits: a change
replaces the characters of one value and leaves comments and order as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from motcua.core.services.pack.faults import Fault, Path, shown

_BOOL, _TIMESTAMP = "tag:yaml.org,2002:bool", "tag:yaml.org,2002:timestamp"


class _Loader(yaml.SafeLoader):
    """SafeLoader without dates and without yes/no/on/off."""


_Loader.yaml_implicit_resolvers = {
    letter: [(tag, pattern) for tag, pattern in resolvers if tag not in (_BOOL, _TIMESTAMP)]
    for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(_BOOL, re.compile(r"^(?:true|false)$"), list("tf"))


@dataclass(slots=True)
class Source:
    """A file's value, and where in the text each part of it stands."""

    file: str
    text: str
    value: Any = None
    nodes: dict[Path, yaml.Node] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def line(self, path: Path) -> int:
        """The line (from 1) of a path, or of the nearest thing around it."""
        while path and path not in self.nodes:
            path = path[:-1]
        return self.nodes[path].start_mark.line + 1 if path in self.nodes else 0

    def fault(self, path: Path, vi: str, en: str) -> Fault:
        return Fault(self.file, self.line(path), shown(path), vi, en)

    def is_plain(self, path: Path) -> bool:
        """Whether the value is a scalar without quotes."""
        node = self.nodes.get(path)
        return isinstance(node, yaml.ScalarNode) and node.style is None

    def replaced(self, path: Path, value: Any) -> str:
        """The file's text with this one value exchanged; raises KeyError when there is no such path.

        Lists and groups are exchanged only where they stand on one line, in brackets.
        """
        node = self.nodes[path]
        if isinstance(node, yaml.CollectionNode) and not node.flow_style:
            raise KeyError(shown(path))
        start, end = node.start_mark.index, node.end_mark.index
        tail = "\n" if self.text[start:end].endswith("\n") else ""
        return self.text[:start] + written(value) + tail + self.text[end:]

    def with_item_after(self, path: Path, item: Mapping[str, Any], *, closing: Mapping[str, Any]) -> str:
        """The text with another item of a list below the one at `path`, to which the entries of `closing` are added.

        The item at `path` is a group of keys. Raises KeyError when it is not there.
        """
        node = self.nodes[path]
        if not isinstance(node, yaml.MappingNode):
            raise KeyError(shown(path))
        if node.flow_style:
            flow = {**self._value(path), **closing}
            indent = " " * (node.start_mark.column - 2)
            replacement = f"{written(flow)}\n{indent}- {written(dict(item))}"
            return self.text[: node.start_mark.index] + replacement + self.text[node.end_mark.index :]
        indent = " " * node.start_mark.column
        end = self._end_of(node)
        added = [
            f"{indent}{key}: {written(value)}"
            for key, value in closing.items()
            if key not in self._value(path)
        ]
        lines = [f"{indent}{key}: {written(value)}" for key, value in item.items()]
        lines[0] = f"{indent[:-2]}- {lines[0].lstrip()}"
        return self.text[:end] + "".join(f"\n{line}" for line in (*added, *lines)) + self.text[end:]

    def _value(self, path: Path) -> dict[str, Any]:
        value = self.value
        for step in path:
            value = value[step]
        return dict(value)

    def _end_of(self, node: yaml.MappingNode) -> int:
        """Where the last line of a block ends, without its comment lines and empty lines below."""
        last = node.value[-1][1].end_mark.index
        line_end = self.text.find("\n", last)
        return len(self.text) if line_end < 0 else line_end


def read(file: str, text: str) -> Source:
    """Read a file; what is no YAML stands in `faults`, in plain words."""
    source = Source(file, text)
    loader = _Loader(text)
    try:
        root = loader.get_single_node()
        if root is not None:
            source.faults.extend(_walk(source, root, ()))
            source.value = loader.construct_document(root)
    except yaml.MarkedYAMLError as wrong:
        source.faults.append(_unreadable(file, text, wrong))
        source.value = None
    except (yaml.YAMLError, ValueError) as wrong:
        source.faults.append(
            Fault(file, 0, "", f"Không đọc được tệp: {wrong}", f"The file cannot be read: {wrong}")
        )
        source.value = None
    finally:
        loader.dispose()
    return source


def written(value: Any) -> str:
    """A value as it stands in a file: texts in single quotes, so that colons and brackets do no harm."""
    if isinstance(value, list):
        return "[" + ", ".join(map(written, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {written(item)}" for key, item in value.items()) + "}"
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    return "'" + str(value).replace("'", "''").replace("\n", " ") + "'"


def _walk(source: Source, node: yaml.Node, path: Path) -> Iterator[Fault]:
    source.nodes[path] = node
    if len(path) > 40:
        yield source.fault(path, "Lồng quá sâu.", "Nested too deeply.")
        return
    if isinstance(node, yaml.SequenceNode):
        for place, item in enumerate(node.value):
            yield from _walk(source, item, (*path, place))
    elif isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key_node, item in node.value:
            key = str(key_node.value)
            if key in seen:
                yield Fault(
                    source.file,
                    key_node.start_mark.line + 1,
                    shown((*path, key)),
                    f"Khóa “{key}” có hai lần; hãy xóa một.",
                    f"The key “{key}” stands here twice; remove one.",
                )
            seen.add(key)
            yield from _walk(source, item, (*path, key))


def _unreadable(file: str, text: str, wrong: yaml.MarkedYAMLError) -> Fault:
    mark = wrong.problem_mark or wrong.context_mark
    line = mark.line + 1 if mark else 0
    lines = text.splitlines()
    there = lines[line - 1] if 0 < line <= len(lines) else ""
    if re.search(r":\s*[^'\"\s#&*\[{|>].*[:\[\]{}]", there) or re.search(r":\s*[\"'].*[\"']\s*\S", there):
        return Fault(
            file,
            line,
            there.split(":")[0].strip(" -{"),
            "Dòng này có dấu hai chấm hoặc ngoặc ngoài dấu nháy. Biểu thức và câu có “:” phải đặt trong dấu nháy đơn, "
            "ví dụ when: 'verification.needed'.",
            "This line has a colon or bracket outside quotes. Put expressions, and sentences with “:”, between single "
            "quotes, for example when: 'verification.needed'.",
        )
    return Fault(
        file,
        line,
        "",
        f"Không phải YAML ({wrong.problem}). Kiểm tra thụt đầu dòng và dấu nháy ở dòng này và dòng trên.",
        f"This is no YAML ({wrong.problem}). Check the indentation and quotes of this line and the one above.",
    )
