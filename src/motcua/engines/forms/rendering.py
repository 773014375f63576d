"""Notes of a form as safe HTML: Markdown, a small allowed part of HTML, tables."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import lru_cache
from html.parser import HTMLParser
from typing import Any

from markdown_it import MarkdownIt

_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")
_MARKDOWN_SIGNS = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>&~])")
_PLACE = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)

_ALLOWED: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(
        ("p", "br", "hr", "b", "strong", "i", "em", "u", "small", "sub", "sup"), frozenset[str]()
    ),
    **dict.fromkeys(("ul", "ol", "li", "dl", "dt", "dd", "h2", "h3", "h4", "div", "span"), frozenset[str]()),
    **dict.fromkeys(
        ("blockquote", "code", "pre", "table", "thead", "tbody", "tr", "caption"), frozenset[str]()
    ),
    "a": frozenset({"href"}),
    "th": frozenset({"scope", "colspan", "rowspan"}),
    "td": frozenset({"colspan", "rowspan"}),
}
_VOID = frozenset({"br", "hr"})
_SILENT = frozenset({"script", "style", "template", "iframe", "object", "svg", "math", "textarea", "title"})
_SAFE_LINK = re.compile(r"(https?://|mailto:|tel:|/(?!/)|#)", re.IGNORECASE)

Evaluate = Callable[[str], Callable[[Mapping[str, Any]], Any]]
"""Compiles the FEEL text of a `{{place}}`."""


def markdown(source: str) -> str:
    """Markdown as HTML; raw HTML in it is shown, not obeyed, and unsafe links are no links."""
    return str(_MARKDOWN.render(source))


def sanitised(source: str) -> str:
    """HTML with only the elements and attributes that notes may have; all else loses its tags."""
    cleaner = _Cleaner()
    cleaner.feed(source)
    cleaner.close()
    return cleaner.result()


class Template:
    """A note with `{{FEEL}}` places; what comes into a place is text, never markup."""

    def __init__(self, source: str, finish: Callable[[str], str], compiled: Evaluate, escape: str) -> None:
        pieces = _PLACE.split(source)
        self._texts, self._places = pieces[::2], [compiled(piece.strip()) for piece in pieces[1::2]]
        self._finish = finish
        self._escape = _escape_markdown if escape == "markdown" else html.escape
        self._fixed = None if self._places else finish(source)

    def rendered(self, context: Mapping[str, Any]) -> str:
        if self._fixed is not None:
            return self._fixed
        parts = [self._texts[0]]
        for place, text in zip(self._places, self._texts[1:], strict=True):
            parts += [self._escape(plain(place(context))), text]
        return self._finish("".join(parts))


def table(label: str, columns: list[tuple[str, str]], rows: object, most: int) -> str:
    """A table of a list of mappings: `columns` are (key, heading)."""
    heads = "".join(f'<th scope="col">{html.escape(heading)}</th>' for _, heading in columns)
    lines = [row for row in rows if isinstance(row, Mapping)][:most] if isinstance(rows, list) else []
    body = "".join(
        "<tr>" + "".join(f"<td>{html.escape(plain(row.get(key)))}</td>" for key, _ in columns) + "</tr>"
        for row in lines
    )
    caption = f"<caption>{html.escape(label)}</caption>" if label else ""
    return f"<table>{caption}<thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"


def plain(value: Any) -> str:
    """A FEEL value as people read it."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ", ".join(plain(item) for item in value)
    if hasattr(value, "strftime") and hasattr(value, "year"):
        return f"{value.day:02d}/{value.month:02d}/{value.year:04d}"
    return str(value)


@lru_cache(maxsize=4096)
def _escape_markdown(text: str) -> str:
    return _MARKDOWN_SIGNS.sub(r"\\\1", text.replace("\n", " "))


class _Cleaner(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._out: list[str] = []
        self._open: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent += 1
        elif tag in _ALLOWED and not self._silent:
            self._out.append(f"<{tag}{self._attributes(tag, attrs)}>")
            if tag not in _VOID:
                self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        elif tag in self._open and not self._silent:
            while self._open:
                last = self._open.pop()
                self._out.append(f"</{last}>")
                if last == tag:
                    break

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._out.append(html.escape(data, quote=False))

    def result(self) -> str:
        return "".join(self._out) + "".join(f"</{tag}>" for tag in reversed(self._open))

    @staticmethod
    def _attributes(tag: str, attrs: list[tuple[str, str | None]]) -> str:
        kept = [(name, value or "") for name, value in attrs if name in _ALLOWED[tag]]
        return "".join(
            f' {name}="{html.escape(value)}"'
            for name, value in kept
            if name != "href" or _SAFE_LINK.match(value.strip())
        )
