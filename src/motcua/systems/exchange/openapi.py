"""OpenAPI documents as providers hand them in: read safely, checked, and their endpoints taken out."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import yaml

from motcua.core.errors import UserError

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

    Raises UserError saying what is wrong where.
    """
    if len(text.encode()) > LARGEST:
        raise _wrong(f"dài quá {LARGEST // 1024} KB", f"longer than {LARGEST // 1024} KB", field)
    document = _parsed(text, field)
    version = document.get("openapi")
    if not isinstance(version, str) or not version.startswith(("3.0", "3.1")):
        raise _wrong("mục openapi phải là 3.0.x hoặc 3.1.x", "openapi: 3.0.x or 3.1.x is expected", field)
    info = document.get("info")
    if not isinstance(info, dict) or not isinstance(info.get("title"), str) or not info["title"].strip():
        raise _wrong("thiếu info.title", "info.title is missing", field)
    paths = document.get("paths")
    if not isinstance(paths, dict) or not paths:
        raise _wrong("mục paths trống", "paths is empty", field)
    endpoints = tuple(each for path, item in paths.items() for each in _endpoints(path, item, field))
    if not endpoints:
        raise _wrong("không có thao tác nào trong paths", "paths has no operation", field)
    if len(endpoints) > MOST:
        raise _wrong(f"có hơn {MOST} thao tác", f"more than {MOST} operations", field)
    return Description(info["title"].strip(), str(info.get("description", "")), endpoints)


def _parsed(text: str, field: str) -> dict[str, Any]:
    try:
        document = json.loads(text) if text.lstrip().startswith("{") else yaml.load(text, _NoAliases)
    except (ValueError, yaml.YAMLError, RecursionError) as wrong:
        first = str(wrong).splitlines()[0] if str(wrong) else type(wrong).__name__
        raise _wrong(f"không đọc được ({first})", f"cannot be read ({wrong})", field) from wrong
    if not isinstance(document, dict):
        raise _wrong("không phải là một đối tượng YAML hay JSON", "not an object", field)
    return document


class _NoAliases(yaml.SafeLoader):
    """A few lines with aliases can unfold to gigabytes: they are refused."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("aliases (*name) are not taken")
        return super().compose_node(parent, index)


def _endpoints(path: Any, item: Any, field: str) -> list[Endpoint]:
    if not isinstance(path, str) or not path.startswith("/"):
        raise _wrong(f"đường dẫn {path!r} phải bắt đầu bằng /", f"path {path!r} must begin with /", field)
    if not isinstance(item, dict):
        raise _wrong(f"{path}: phải là một đối tượng", f"{path}: must be an object", field)
    found = []
    for method in METHODS:
        if method not in item:
            continue
        operation = item[method]
        if not isinstance(operation, dict) or not isinstance(operation.get("responses"), dict):
            raise _wrong(
                f"{method.upper()} {path}: thiếu responses", f"{method.upper()} {path}: no responses", field
            )
        parts = ["*" if part.startswith("{") else part for part in path.split("/")]
        found.append(Endpoint(method.upper(), "/".join(parts), str(operation.get("summary", ""))))
    return found


def _wrong(vi: str, en: str, field: str) -> UserError:
    return UserError(f"Bản mô tả OpenAPI: {vi}.", f"The OpenAPI document: {en}.", field)
