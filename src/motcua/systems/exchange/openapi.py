"""OpenAPI documents as providers hand them in: read safely, checked, and their endpoints taken out."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import yaml

from motcua.core.errors import UserError
from motcua.systems.exchange.jsontext import must_be_storable

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
LARGEST = 512 * 1024
MOST = 500


@dataclass(frozen=True, slots=True)
class Endpoint:
    method: str
    path: str
    summary: str


@dataclass(frozen=True, slots=True)
class Description:
    title: str
    text: str
    endpoints: tuple[Endpoint, ...]


def read(text: str, field: str = "openapi") -> Description:
    """What an OpenAPI 3.0 or 3.1 document (YAML or JSON) offers. A parameter `{id}` becomes `*` in a path.

    Raises UserError saying what is wrong, in which line.
    """
    if len(text.encode()) > LARGEST:
        raise _wrong(f"dài quá {LARGEST // 1024} KB", f"longer than {LARGEST // 1024} KB", field)
    document = _parsed(text, field)
    must_be_storable([each for each in (document.get("paths"), document.get("info")) if each], field)
    try:
        return _described(document)
    except _Fault as fault:
        raise _wrong(fault.vi, fault.en, field, _line(text, fault.place)) from fault


class _Fault(Exception):
    """What is wrong, and the names that lead there."""

    def __init__(self, vi: str, en: str, *place: object) -> None:
        super().__init__(en)
        self.vi, self.en, self.place = vi, en, place


def _described(document: dict[str, Any]) -> Description:
    version = document.get("openapi")
    if not isinstance(version, str) or not version.startswith(("3.0", "3.1")):
        raise _Fault("mục openapi phải là 3.0.x hoặc 3.1.x", "openapi: 3.0.x or 3.1.x is expected", "openapi")
    info = document.get("info")
    if not isinstance(info, dict) or not isinstance(info.get("title"), str) or not info["title"].strip():
        raise _Fault("thiếu info.title", "info.title is missing", "info", "title")
    paths = document.get("paths")
    if not isinstance(paths, dict) or not paths:
        raise _Fault("mục paths trống", "paths is empty", "paths")
    endpoints = tuple(each for path, item in paths.items() for each in _endpoints(path, item))
    if not endpoints:
        raise _Fault("không có thao tác nào trong paths", "paths has no operation", "paths")
    if len(endpoints) > MOST:
        raise _Fault(f"có hơn {MOST} thao tác", f"more than {MOST} operations", "paths")
    return Description(info["title"].strip(), str(info.get("description", "")), endpoints)


def _parsed(text: str, field: str) -> dict[str, Any]:
    try:
        document = json.loads(text) if text.lstrip().startswith("{") else yaml.load(text, _NoAliases)
    except json.JSONDecodeError as wrong:
        raise _wrong(
            f"JSON viết sai ({wrong.msg})", f"not JSON ({wrong.msg})", field, wrong.lineno
        ) from wrong
    except yaml.MarkedYAMLError as wrong:
        mark = wrong.problem_mark or wrong.context_mark
        said = wrong.problem or wrong.context or "?"
        line = mark.line + 1 if mark else None
        raise _wrong(f"YAML viết sai ({said})", f"not YAML ({said})", field, line) from wrong
    except (ValueError, yaml.YAMLError, RecursionError) as wrong:
        first = str(wrong).splitlines()[0] if str(wrong) else type(wrong).__name__
        raise _wrong(f"không đọc được ({first})", f"cannot be read ({first})", field) from wrong
    if not isinstance(document, dict):
        raise _wrong("không phải là một đối tượng YAML hay JSON", "not an object", field, 1)
    return document


class _NoAliases(yaml.SafeLoader):
    """A few lines with aliases can unfold to gigabytes: they are refused."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("aliases (*name) are not taken")
        return super().compose_node(parent, index)


def _endpoints(path: Any, item: Any) -> list[Endpoint]:
    if not isinstance(path, str) or not path.startswith("/"):
        raise _Fault(
            f"đường dẫn {path!r} phải bắt đầu bằng /", f"path {path!r} must begin with /", "paths", path
        )
    if not isinstance(item, dict):
        raise _Fault(f"{path}: phải là một đối tượng", f"{path}: must be an object", "paths", path)
    found = []
    for method in METHODS:
        if method not in item:
            continue
        operation = item[method]
        if not isinstance(operation, dict) or not isinstance(operation.get("responses"), dict):
            name = f"{method.upper()} {path}"
            raise _Fault(f"{name}: thiếu responses", f"{name}: no responses", "paths", path, method)
        parts = ["*" if part.startswith("{") else part for part in path.split("/")]
        found.append(Endpoint(method.upper(), "/".join(parts), str(operation.get("summary", ""))))
    return found


def _line(text: str, place: tuple[object, ...]) -> int | None:
    """The line (from 1) of the last name on the way to a place that is there; JSON is YAML too."""
    try:
        node = yaml.compose(text, Loader=_NoAliases)
    except (yaml.YAMLError, RecursionError):
        return None
    line = 1
    for name in place:
        if not isinstance(node, yaml.MappingNode):
            break
        found = next((pair for pair in node.value if pair[0].value == str(name)), None)
        if found is None:
            break
        line, node = found[0].start_mark.line + 1, found[1]
    return line


def _wrong(vi: str, en: str, field: str, line: int | None = None) -> UserError:
    if line is None:
        return UserError(f"Bản mô tả OpenAPI: {vi}.", f"The OpenAPI document: {en}.", field)
    return UserError(
        f"Bản mô tả OpenAPI, dòng {line}: {vi}.", f"The OpenAPI document, line {line}: {en}.", field
    )
