"""Functions on contexts (DMN 1.5, table 82)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from motcua.engines.feel.library.registry import LIBRARY, context, feel, items, single
from motcua.engines.feel.operators import identical as same_kind_and_value
from motcua.engines.feel.values import Builtin, Fault, Signature


@feel("get value", "m, key")
def get_value(source: Any, key: Any) -> Any:
    entries, name = context(source), single(key)
    if not isinstance(name, str):
        raise Fault("the key is a string")
    if name not in entries:
        raise Fault(f"there is no entry {name}")
    return entries[name]


@feel("get entries", "m")
def get_entries(source: Any) -> list[dict[str, Any]]:
    return [{"key": key, "value": value} for key, value in context(source).items()]


@feel("context", "entries")
def make_context(entries: Any) -> dict[str, Any]:
    built: dict[str, Any] = {}
    for entry in items(entries):
        if not isinstance(entry, dict) or not isinstance(entry.get("key"), str) or "value" not in entry:
            raise Fault("every entry is a context with a key, which is a string, and a value")
        if entry["key"] in built:
            raise Fault(f"the key {entry['key']} is given twice")
        built[entry["key"]] = entry["value"]
    return built


def context_put(source: Any, key: Any, value: Any) -> dict[str, Any]:
    """A copy of the context with one entry set; a list of keys goes down into contexts within it."""
    return _put(context(source), key if isinstance(key, list) else [key], value)


class _ContextPut(Builtin):
    def invoke_named(self, args: Mapping[str, Any]) -> Any:
        if isinstance(args.get("key"), list) or not isinstance(args.get("keys", []), list):
            raise Fault("key is a string, keys is a list of strings")
        return super().invoke_named(args)


LIBRARY["context put"] = _ContextPut(
    "context put",
    (Signature(("context", "key", "value"), 3), Signature(("context", "keys", "value"), 3)),
    context_put,
)


def _put(source: Any, path: list[Any], value: Any) -> dict[str, Any]:
    if not path or not isinstance(path[0], str):
        raise Fault("the keys are strings, at least one")
    if source is not None and not isinstance(source, dict):
        raise Fault(f"there is no context to put {path[0]} into")
    inner = (source or {}).get(path[0])
    return {**(source or {}), path[0]: _put(inner, path[1:], value) if len(path) > 1 else value}


@feel("context merge", "contexts")
def context_merge(contexts: Any) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for part in items(contexts):
        merged |= context(part)
    return merged


@feel("is", "value1, value2")
def identical(first: Any, second: Any) -> bool:
    """Same kind and same value, time zones told apart (table 83)."""
    return same_kind_and_value(first, second)
