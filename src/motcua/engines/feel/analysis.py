"""Which names a syntax tree takes from outside."""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import fields

from motcua.engines.feel import nodes as n


def free_names(node: n.Node) -> frozenset[str]:
    """The free names and paths, the steps of a path parted by NUL ("child\\0born").

    Names inside a filter are counted although an item may turn out to have an entry of that name.
    """
    return frozenset(_free(node, frozenset()))


def _free(node: n.Node, bound: Set[str]) -> Iterator[str]:
    path = _path(node)
    if path:
        if path.split("\0")[0] not in bound:
            yield path
        return
    match node:
        case n.ContextNode():
            inner = set(bound)
            for key, value in node.entries:
                yield from _free(value, inner)
                inner.add(key)
        case n.For() | n.Quantified():
            inner = set(bound)
            for name, low, high in node.iterators:
                yield from _free(low, inner)
                if high:
                    yield from _free(high, inner)
                inner.add(name)
            inner.add("partial")
            yield from _free(node.body if isinstance(node, n.For) else node.condition, inner)
        case n.FunctionNode():
            yield from _free(node.body, bound | {name for name, _ in node.params})
        case n.Filter():
            yield from _free(node.of, bound)
            yield from _free(node.by, bound | {"item"})
        case n.Chain():
            yield from _free(node.first, bound)
            for _, operand in node.rest:
                yield from _free(operand, bound)
        case n.If():
            for condition, then in node.branches:
                yield from _free(condition, bound)
                yield from _free(then, bound)
            yield from _free(node.otherwise, bound)
        case n.TypeNode():
            return
        case _:
            yield from _free_in_parts(node, bound)


_PARTS: dict[type, tuple[str, ...]] = {}


def _parts(cls: type) -> tuple[str, ...]:
    """The names of what a class of nodes holds, looked up once per class."""
    if cls not in _PARTS:
        _PARTS[cls] = tuple(part.name for part in fields(cls) if part.name not in ("start", "end"))
    return _PARTS[cls]


def _free_in_parts(node: n.Node, bound: Set[str]) -> Iterator[str]:
    for part in _parts(type(node)):
        value = getattr(node, part)
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, n.Node):
                yield from _free(child, bound)


def _path(node: n.Node) -> str | None:
    if isinstance(node, n.Name):
        return node.name
    if isinstance(node, n.Property):
        of = _path(node.of)
        return f"{of}\0{node.name}" if of else None
    return None


def called_names(node: n.Node) -> frozenset[str]:
    """The names that stand only before the brackets of a call."""
    return frozenset(_called(node))


def _called(node: n.Node) -> Iterator[str]:
    if isinstance(node, n.Call) and isinstance(node.function, n.Name):
        yield node.function.name
    for child in children(node):
        yield from _called(child)


def children(node: n.Node) -> Iterator[n.Node]:
    """The nodes directly inside a node."""
    for part in _parts(type(node)):
        yield from _nodes_in(getattr(node, part))


def _nodes_in(value: object) -> Iterator[n.Node]:
    if isinstance(value, n.Node):
        yield value
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _nodes_in(item)
