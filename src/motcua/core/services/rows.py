"""A row of a decision table taken out or set twice; every other byte of the file stays."""

from __future__ import annotations

import re

from motcua.engines import dmn

_ID = re.compile(rb'(\bid\s*=\s*)(["\'])([^"\']+)\2')
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,60}")


def without(source: bytes, rule: str) -> bytes:
    """The file without this rule. Raises dmn.DmnError when there is no such rule or it is the table's only one."""
    view = _table(source, rule)
    if len(view.rules) == 1:
        raise dmn.DmnError("a table keeps at least one rule", view.name)
    start, end = _place(source, rule)
    lead = source.rfind(b"\n", 0, start)
    start = lead if lead >= 0 and not source[lead:start].strip() else start
    return _proved(source[:start] + source[end:], source, -1)


def copied(source: bytes, rule: str, new_id: str) -> bytes:
    """The file with a copy of the rule, named `new_id`, right below it. Raises dmn.DmnError."""
    _table(source, rule)
    if not _NAME.fullmatch(new_id):
        raise dmn.DmnError(
            "a rule is named by plain letters, digits, dots and dashes, a letter first", new_id
        )
    if re.search(rb"\bid\s*=\s*[\"']" + re.escape(new_id.encode()) + rb"[\"']", source):
        raise dmn.DmnError(f"the name {new_id} is taken", new_id)
    start, end = _place(source, rule)
    lead = source.rfind(b"\n", 0, start)
    indent = source[lead:start] if lead >= 0 and not source[lead:start].strip() else b"\n"
    number = iter(range(1000))

    def renamed(match: re.Match[bytes]) -> bytes:
        at = next(number)
        name = new_id if at == 0 else f"{new_id}_{at}"
        return match[1] + match[2] + name.encode() + match[2]

    twin = _ID.sub(renamed, source[start:end])
    return _proved(source[:end] + indent + twin + source[end:], source, 1)


def _table(source: bytes, rule: str) -> dmn.TableView:
    for view in dmn.tables(source):
        if any(one.id == rule for one in view.rules):
            return view
    raise dmn.DmnError(f"there is no rule {rule!r}", rule)


def _place(source: bytes, rule: str) -> tuple[int, int]:
    """The bytes of the rule's element: rules hold no rules, so the next closing tag is its own."""
    wanted = re.escape(rule.encode())
    found = re.search(
        rb"<((?:[\w.-]+:)?)rule\b[^>]*\bid\s*=\s*([\"'])" + wanted + rb"\2[^>]*>.*?</\1rule\s*>",
        source,
        re.DOTALL,
    )
    if found is None:
        raise dmn.DmnError(f"the rule {rule!r} is not written as an element of its own", rule)
    return found.span()


def _proved(changed: bytes, source: bytes, by: int) -> bytes:
    """The changed file, once read again and found to differ by exactly one rule."""
    before, after = _count(source), _count(changed)
    if after != before + by:
        raise dmn.DmnError("the rule cannot be told from its neighbours in this file", "file")
    return changed


def _count(source: bytes) -> int:
    return sum(len(view.rules) for view in dmn.tables(source))
