"""What a template must not do. Run as `python -m motcua.shell.lint [PATH…]`; exit 1 when something is found.

Without paths every `templates/` folder of the package is read.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click
import jinja2
from jinja2.ext import extract_from_ast

from motcua.shell.jinja import environment
from motcua.shell.language import catalogue, languages

PACKAGE = Path(__file__).resolve().parent.parent

_COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)
_FORM = re.compile(
    r"<form\b(?P<head>(?:\{\{.*?\}\}|\{%.*?%\}|[^>])*)>(?P<body>.*?)</form>", re.DOTALL | re.IGNORECASE
)
_CONTROL = re.compile(
    r"<(?P<tag>input|select|textarea)\b(?P<head>(?:\{\{.*?\}\}|\{%.*?%\}|[^>])*)>", re.DOTALL
)
_CSRF = re.compile(r"csrf_input|csrf_field\(\)|\{\{\s*csrf\b")
_NEEDS_NO_LABEL = re.compile(r'type="(hidden|submit|button|reset|image)"')
_LABELLED = re.compile(r"aria-label(ledby)?=|type=\"hidden\"")

PATTERNS = (
    (
        re.compile(r"\son[a-z]+\s*=", re.IGNORECASE),
        "an inline handler; the content policy forbids it, put it into a script file",
    ),
    (re.compile(r"\shx-on\b"), "hx-on runs inline script; the content policy forbids it"),
    (
        re.compile(r"<script\b(?![^>]*\bsrc=)(?![^>]*\bnonce=)[^>]*>", re.IGNORECASE),
        "an inline script without a nonce",
    ),
    (re.compile(r"<style\b", re.IGNORECASE), "an inline style sheet; put it into the theme"),
    (re.compile(r"<[a-z][^>{]*\sstyle\s*=", re.IGNORECASE), "an inline style; give it a class"),
    (re.compile(r"=\s*[\"']?javascript:", re.IGNORECASE), "a javascript: address"),
    (re.compile(r"https?://(?!www\.w3\.org/)[^\s\"'<>]+\.(?:js|css|woff2?)\b"), "an asset of another host"),
    (
        re.compile(r"<img\b(?![^>]*\balt=)[^>]*>", re.IGNORECASE),
        'an image without alt; alt="" when it only decorates',
    ),
    (re.compile(r"\btarget=\"_blank\""), "a link that opens a window nobody asked for"),
)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing found: the file, its line (from one), and what is wrong with how to mend it."""

    file: Path
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.text}"


def faults(file: Path, environment: jinja2.Environment) -> Iterator[Fault]:
    """Everything wrong with one template, in order of appearance by kind."""
    source = file.read_text(encoding="utf-8")
    try:
        environment.parse(source, filename=str(file))
    except jinja2.TemplateSyntaxError as error:
        yield Fault(file, error.lineno, f"does not parse: {error.message}")
        return
    plain = _COMMENT.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), source)
    for pattern, text in PATTERNS:
        for match in pattern.finditer(plain):
            yield Fault(file, _line(plain, match.start()), text)
    yield from _unexplained_safe(file, source)
    yield from _forms(file, plain)
    yield from _controls(file, plain)


def _unexplained_safe(file: Path, source: str) -> Iterator[Fault]:
    lines = source.splitlines()
    for number, line in enumerate(lines, 1):
        if re.search(r"\|\s*safe\b", line) and not re.search(
            r"\{#.*safe", " ".join(lines[max(0, number - 2) : number])
        ):
            yield Fault(file, number, "|safe without a comment {# safe: why #} on this line or the one above")


def _forms(file: Path, source: str) -> Iterator[Fault]:
    for match in _FORM.finditer(source):
        line = _line(source, match.start())
        method = re.search(r"method=\"(\w+)\"", match["head"], re.IGNORECASE)
        if method is None:
            yield Fault(file, line, "a form without a method")
        elif method[1].lower() == "post" and not _CSRF.search(match["body"]):
            yield Fault(file, line, "a posting form without {{ csrf_field() }}")


def _controls(file: Path, source: str) -> Iterator[Fault]:
    """A control needs a <label for> of its own id in the same file, or aria-label; macros bring theirs."""
    targets = set(re.findall(r"<label\b[^>]*?\bfor=\"(.*?)\"", source, re.DOTALL))
    macro_label = re.search(r"\b(?:field|ui)\.label\(", source)
    for match in _CONTROL.finditer(source):
        head = match["head"]
        if _NEEDS_NO_LABEL.search(head) or _LABELLED.search(head):
            continue
        own = re.search(r"\bid=\"(.*?)\"(?=[\s>{]|$)", head, re.DOTALL)
        if own and (own[1] in targets or macro_label):
            continue
        yield Fault(
            file, _line(source, match.start()), f"<{match['tag']}> without a label; use a macro of `ui`"
        )


def _line(source: str, position: int) -> int:
    return source.count("\n", 0, position) + 1


def texts(file: Path, environment: jinja2.Environment) -> set[str]:
    """The Vietnamese texts that a template says through `t`."""
    tree = environment.parse(file.read_text(encoding="utf-8"))
    calls = extract_from_ast(tree, gettext_functions=("t", "_"), babel_style=False)
    return {
        arguments[0]
        for _, _, arguments in calls
        if isinstance(arguments, tuple) and isinstance(arguments[0], str)
    }


def templates(*roots: Path) -> list[Path]:
    """Every template below the roots; a root may be a file."""
    found: set[Path] = set()
    for root in roots:
        found.update([root] if root.is_file() else root.rglob("*.jinja"))
    return sorted(found)


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option("--translations", is_flag=True, help="Also name texts that some language does not have yet.")
def main(paths: tuple[Path, ...], translations: bool) -> None:
    """Check templates; each fault is one line `file:line: what is wrong`."""
    files = templates(*(paths or (PACKAGE,)))
    made = environment()
    found = [fault for file in files for fault in faults(file, made)]
    for fault in found:
        click.echo(str(fault))
    if translations:
        missing = [
            f"{file}: not in {language}: {text}"
            for language in languages()[1:]
            for file in files
            for text in sorted(texts(file, made) - set(catalogue(language)))
        ]
        click.echo("\n".join(missing))
        found_missing = bool(missing)
    else:
        found_missing = False
    click.echo(f"{len(files)} templates, {len(found)} faults", err=True)
    sys.exit(1 if found or found_missing else 0)


if __name__ == "__main__":
    main()
