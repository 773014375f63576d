"""The lint finds what it is there for, and nothing in our own templates."""

from __future__ import annotations

from pathlib import Path

import pytest

from motcua.shell.jinja import TEMPLATES, environment
from motcua.shell.lint import faults, templates


def found(tmp_path: Path, source: str) -> list[str]:
    file = tmp_path / "x.jinja"
    file.write_text(source, encoding="utf-8")
    return [f"{fault.line}: {fault.text}" for fault in faults(file, environment())]


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("\n{% if %}", "2: does not parse"),
        ('<button onclick="x()">', "1: an inline handler"),
        ("<script>x()</script>", "1: an inline script"),
        ('<p\nstyle="color:red">', "1: an inline style"),
        ("{{ x|safe }}", "1: |safe without a comment"),
        ('<form method="post" action="/"></form>', "1: a posting form without"),
        ("<form></form>", "1: a form without a method"),
        ('<input id="a" name="a">', "1: <input> without a label"),
        ('<img src="a.png">', "1: an image without alt"),
        ('<link href="https://cdn.example/a.css">', "1: an asset of another host"),
    ],
)
def test_each_fault_is_found_at_its_line(tmp_path: Path, source: str, complaint: str) -> None:
    assert [line[: len(complaint)] for line in found(tmp_path, source)] == [complaint]


@pytest.mark.parametrize(
    "source",
    [
        "{# safe: cleaned by the forms engine #}\n{{ x|safe }}",
        '<form method="post">{{ csrf_field() }}<label for="a">A</label><input id="a" name="a"></form>',
        '<form method="get" action="{{ url("x") }}"><input type="hidden" name="a"></form>',
        '{# <script>in a comment</script> #}<script type="module" src="/a.js"></script>',
        '<script nonce="{{ request.csp_nonce }}">x()</script>',
    ],
)
def test_what_is_in_order_is_left_alone(tmp_path: Path, source: str) -> None:
    assert found(tmp_path, source) == []


def test_our_own_templates_are_in_order() -> None:
    made = environment()
    assert [str(fault) for file in templates(TEMPLATES) for fault in faults(file, made)] == []
