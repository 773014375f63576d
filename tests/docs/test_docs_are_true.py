"""The documentation says what the programs do: each table of it is compared with the code."""

from __future__ import annotations

import ast
import json
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import click
import pytest
import yaml

from motcua.cli import bench
from motcua.cli.main import COMMANDS, motcua

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "motcua"
PAGES = [
    ROOT / name
    for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "CODE_OF_CONDUCT.md")
]
PAGES += sorted((ROOT / "docs").rglob("*.md"))
WIDEST = 600
PICTURES = "docs/pictures/"
"""Pictures are made by the browser tests, so that a fresh checkout need not have them."""


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def first_cells(page: str) -> Iterator[str]:
    """The words between backquotes in the first cell of each row of each table."""
    for line in page.splitlines():
        if line.startswith("| `"):
            yield from re.findall(r"`([^`]+)`", line.split(" | ")[0])


def modules() -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted(SOURCE.rglob("*.py")):
        if "tests" not in path.parts:
            yield path, ast.parse(path.read_text(encoding="utf-8"))


# ---- settings


READS = (
    r"(?:environ(?:\.get)?[(\[]|_flag\(|_words\(|_setting\(|getattr\(settings, )"
    r"\s*\"(MOTCUA_\w+|DATABASE_\w+)\""
)
"""How settings are read: from the environment, or from Django's settings by name."""


@cache
def settings_read() -> frozenset[str]:
    """Every variable that the code reads from the environment or from Django's settings by name."""
    found: set[str] = set()
    for folder in ("src", "benchmarks"):
        for path in (ROOT / folder).rglob("*.py"):
            source = path.read_text(encoding="utf-8")
            is_test = "tests" in path.parts or path.name == "testing.py"
            names = set(re.findall(READS, source))
            found |= names & {"MOTCUA_VECTORS"} if is_test else names
            if not is_test:
                secrets = re.findall(r"""(?<!def )(?<!destination\.)\bsecret\("(\w+)\"""", source)
                found |= {f"MOTCUA_{name.upper()}_FILE" for name in secrets}
    return frozenset(found)


def test_every_setting_is_in_the_table() -> None:
    assert settings_read() - set(first_cells(text("docs/settings.md"))) == set()


def test_every_setting_in_the_table_is_read() -> None:
    told = {name for name in first_cells(text("docs/settings.md")) if name.isupper()}
    assert len(told) > 15
    assert told - settings_read() == set()


def test_pages_name_no_setting_that_is_not_in_the_table() -> None:
    known = set(first_cells(text("docs/settings.md")))
    for page in PAGES:
        named = set(
            re.findall(r"\b(MOTCUA_[A-Z_]+[A-Z]|DATABASE_[A-Z_]*URL)\b", page.read_text(encoding="utf-8"))
        )
        assert named - known == set(), page.name


# ---- events


def emitted() -> tuple[set[str], set[str]]:
    """(kinds written out, patterns of kinds made at run time) of every call of `emit`, and of statements in SQL."""
    kinds: set[str] = set()
    patterns: set[str] = set()
    for path, tree in modules():
        for function in ast.walk(tree):
            if not isinstance(function, ast.FunctionDef):
                continue
            for call in ast.walk(function):
                if isinstance(call, ast.Call) and _name(call) == "emit" and call.args:
                    _take(call.args[0], kinds, patterns, tree, function, path)
    for path in SOURCE.rglob("*.sql"):
        source = path.read_text(encoding="utf-8")
        if "insert into ledger_event" in source:
            kinds |= set(re.findall(r"'([a-z_]+\.[a-z_]+)'", source.split("insert into ledger_event", 1)[1]))
    return kinds, patterns


def _take(
    said: ast.expr,
    kinds: set[str],
    patterns: set[str],
    tree: ast.Module,
    function: ast.FunctionDef,
    path: Path,
) -> None:
    if isinstance(said, ast.Constant):
        kinds.add(str(said.value))
    elif isinstance(said, ast.JoinedStr):
        parts = [
            re.escape(str(one.value)) if isinstance(one, ast.Constant) else "[a-z_]+" for one in said.values
        ]
        patterns.add("".join(parts))
    elif isinstance(said, ast.IfExp):
        for one in (said.body, said.orelse):
            _take(one, kinds, patterns, tree, function, path)
    elif isinstance(said, ast.Name) and said.id in [one.arg for one in function.args.args]:
        place = [one.arg for one in function.args.args].index(said.id)
        for call in ast.walk(tree):
            if isinstance(call, ast.Call) and _name(call) == function.name:
                _take(call.args[place], kinds, patterns, tree, function, path)
    else:
        pytest.fail(
            f"{path}:{said.lineno}: say the kind of the event where it is emitted, so that it can be found"
        )


def _name(call: ast.Call) -> str:
    return getattr(call.func, "id", getattr(call.func, "attr", ""))


def explained_events() -> set[str]:
    """Every kind in the tables of the two pages about events."""
    pages = ("docs/events.md", "docs/events-between-systems.md")
    return {kind for page in pages for kind in first_cells(text(page))}


def test_every_event_is_explained() -> None:
    told = explained_events()
    kinds, patterns = emitted()
    assert kinds - told == set()
    assert [one for one in sorted(patterns) if not any(re.fullmatch(one, kind) for kind in told)] == []


def test_every_explained_event_can_happen() -> None:
    told = explained_events()
    kinds, patterns = emitted()
    assert len(kinds) > 50
    assert [
        kind for kind in sorted(told - kinds) if not any(re.fullmatch(one, kind) for one in patterns)
    ] == []


# ---- the command


def test_the_readme_lists_the_commands_as_the_program_does() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (.+) \|$", text("README.md"), re.MULTILINE)
    assert rows == [(name, command.does) for name, command in COMMANDS.items()]


def command_of(words: list[str]) -> tuple[click.Command, list[str]]:
    """The command that the words call, and what is left of them."""
    found: click.Command = motcua
    while words and isinstance(found, click.Group):
        below = found.get_command(click.Context(found), words[0])
        if below is None:
            break
        found, words = below, words[1:]
    return found, words


def lines_with_a_command() -> Iterator[tuple[Path, str]]:
    for page in PAGES:
        source = page.read_text(encoding="utf-8")
        for block in re.findall(r"```\w*\n(.*?)```", source, re.DOTALL):
            yield from ((page, line.strip().split("#")[0]) for line in block.splitlines())
        plain = re.sub(r"```.*?```", "", source, flags=re.DOTALL)
        yield from ((page, code) for code in re.findall(r"`((?:[A-Z_]+=\S+ )*motcua [^`]*)`", plain))


def test_commands_and_options_on_the_pages_exist() -> None:
    seen = 0
    for page, line in lines_with_a_command():
        called = re.match(r"(?:[A-Z_]+=\S+ )*(?:\S*/)?motcua ([a-z].*)", line)
        if called is None:
            continue
        seen += 1
        words = called.group(1).split()
        names = {word.strip("…") for word in words[0].split("|")}
        assert names <= set(COMMANDS), f"{page.name}: {line}"
        found, rest = command_of(words)
        known = {name for one in found.params for name in one.opts}
        if isinstance(found, click.Group) and rest:
            below = set(re.split(r"[|\\]+", rest[0]))
            assert below <= set(found.list_commands(click.Context(found))), f"{page.name}: {line}"
        used = {word.split("=")[0] for word in rest if word.startswith("--")}
        assert used <= known | {"--help"}, f"{page.name}: {line}"
    assert seen > 15


def test_targets_of_make_on_the_pages_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", text("Makefile"), re.MULTILINE))
    for page in PAGES:
        named = set(re.findall(r"(?:`|^)make ([a-z]+)\b", page.read_text(encoding="utf-8"), re.MULTILINE))
        assert named <= targets, page.name


def test_benches_are_explained_and_exist() -> None:
    assert set(re.findall(r"^## `(\w+)`", text("docs/benches.md"), re.MULTILINE)) == set(bench.known(ROOT))


# ---- examples, facts


def test_the_readme_s_service_is_the_one_that_ships() -> None:
    block = re.search(r"```yaml\n(.*?)```", text("README.md"), re.DOTALL)
    assert block is not None
    pack = text("services/trich-luc-ho-tich/service.yaml").splitlines()
    assert [line for line in block.group(1).splitlines() if line not in pack] == []


def test_columns_of_the_facts_are_those_of_the_views() -> None:
    sql = text("src/motcua/core/cases/sql/facts.sql")
    page = text("docs/facts.md")
    for view in re.findall(r"create view (\w+)", sql):
        section = page.split(f"## `{view}`", 1)[1].split("\n## ", 1)[0]
        body = sql.split(f"create view {view}", 1)[1].split(";", 1)[0]
        told = set(first_cells(section))
        assert told, view
        assert [name for name in told if not re.search(rf"\b{name}\b", body)] == []
        assert columns_of(body) - told == set(), view


def columns_of(body: str) -> set[str]:
    """The names of the columns that a `select` gives."""
    select = re.sub(r"'[^']*'", "", body).split("select", 1)[1]
    depth, parts, start = 0, [], 0
    end = re.search(r"\n  from cases_", select)
    assert end is not None
    for place, letter in enumerate(select[: end.start()]):
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 0:
            parts.append(select[start:place])
            start = place + 1
    parts.append(select[start : end.start()])
    return {re.split(r"[\s.]", part.strip())[-1].strip('"') for part in parts}


def test_the_map_of_the_house_names_every_room() -> None:
    house = text("docs/architecture.md").split("```")[1]
    for storey in ("engines", "core", "systems"):
        line = re.search(rf"^  {storey}/ +(.+)$", house, re.MULTILINE)
        assert line is not None
        rooms = {path.parent.name for path in (SOURCE / storey).glob("*/__init__.py")}
        assert set(line.group(1).split()) == rooms - {"tests"}


def test_the_ten_statuses_stand_as_the_list_has_them() -> None:
    shipped = json.loads(text("src/motcua/core/cases/data/statuses.json"))["statuses"]
    told = re.findall(
        r"^\| (\d+) \| (.+?) \| (runs|stands|ended) \|$", text("docs/architecture.md"), re.MULTILINE
    )
    assert [(int(code), name) for code, name, _ in told] == [(one["code"], one["name"]) for one in shipped]
    assert [clock == "stands" for _, _, clock in told] == [one["stops_clock"] for one in shipped]


def test_every_kind_of_plug_in_is_named() -> None:
    kinds = {
        kind
        for path, _ in modules()
        for kind in re.findall(r"= Registry\(\"(\w+)\"\)", path.read_text(encoding="utf-8"))
    }
    line = re.search(r"^Kinds: (.+)$", text("CONTRIBUTING.md"), re.MULTILINE)
    assert line is not None
    assert kinds == set(re.findall(r"`(\w+)`", line.group(1)))


def test_every_indicator_is_explained() -> None:
    indicators = yaml.safe_load(text("src/motcua/systems/indicators/indicators.yaml"))
    assert {one["id"] for one in indicators} <= set(first_cells(text("docs/facts.md")))


# ---- links, pictures, publiccode


def links(page: Path) -> Iterator[str]:
    yield from re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for link in links(page):
        target, _, anchor = link.partition("#")
        if link.startswith(("http:", "https:", "mailto:")) or target.startswith(PICTURES):
            continue
        place = (page.parent / target).resolve() if target else page
        assert place.exists(), f"{page.name}: {link}"
        if anchor:
            headings = re.findall(r"^#+ (.+)$", place.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in {slug(one) for one in headings}, f"{page.name}: {link}"


def test_files_that_pages_name_are_there() -> None:
    """`core/cases/statuses.py` in a page is a file of the package, `deploy/…` one of the project."""
    named = 0
    for page in PAGES:
        plain = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
        for path in re.findall(
            r"`((?:src|core|engines|systems|shell|config|cli|tests|docs|deploy|services)/[^`\s]+)`", plain
        ):
            named += 1
            assert any((*ROOT.glob(path), *SOURCE.glob(path))), f"{page.name}: {path}"
    assert named > 20


def slug(heading: str) -> str:
    """A heading's anchor as code hosts make it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def test_pictures_of_the_readme_are_described_and_made_by_the_browser_tests() -> None:
    shown = re.findall(r"!\[([^\]]*)\]\(docs/pictures/([^)]+)\)", text("README.md"))
    assert all(len(words) > 30 for words, _ in shown)
    assert {name for _, name in shown} == {
        "home.png",
        "case.png",
        "worklist.png",
        "verification.png",
        "phone.png",
    }
    browser = ROOT / "tests" / "browser"
    made = (
        " ".join(path.read_text(encoding="utf-8") for path in browser.rglob("*.py"))
        if browser.is_dir()
        else ""
    )
    drawn = made if "pictures" in made else ""
    not_made = [
        name for _, name in shown if not re.search(rf"[\"'/]{name.removesuffix('.png')}(\.png)?[\"']", drawn)
    ]
    not_there = [name for name in not_made if not (ROOT / "docs" / "pictures" / name).exists()]
    assert not_there == [], f"nothing in tests/browser makes {', '.join(not_there)}"


def test_publiccode_says_what_the_project_says() -> None:
    told = yaml.safe_load(text("publiccode.yml"))
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert told["publiccodeYmlVersion"] == "0.4"
    assert {"name", "url", "platforms", "categories", "developmentStatus", "softwareType"} <= set(told)
    assert f'version = "{told["softwareVersion"]}"' in project
    assert f'license = "{told["legal"]["license"]}"' in project
    assert told["localisation"] == {"localisationReady": True, "availableLanguages": ["vi", "en"]}
    assert set(told["description"]) == {"vi", "en"}
    for words in told["description"].values():
        assert len(words["shortDescription"]) <= 150
        assert 150 <= len(words["longDescription"]) <= 10_000
        assert words["features"]
    assert told["maintenance"]["contacts"]


# ---- what the project never says


FOREIGN = re.compile(
    r"/root/|/home/(?!motcua\b)\w+/|/simple/?[\"'\s]|\b(?:artifactory|nexus)\b|\bissue #?\d+\b|"
    r"\bAI (?:agent|session|assistant)\b",
    re.IGNORECASE,
)
"""Folders of one person's machine, addresses of package registries, numbers of a tracker."""


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    return [ROOT / name for name in listed.decode().split("\0") if name]


def test_the_project_speaks_of_itself_only() -> None:
    readable = {
        ".md",
        ".py",
        ".yml",
        ".yaml",
        ".toml",
        ".jinja",
        ".sh",
        ".txt",
        ".service",
        ".timer",
        ".sql",
        "",
    }
    found = []
    for path in tracked():
        if path.suffix not in readable or path == Path(__file__) or not path.is_file():
            continue
        for match in FOREIGN.finditer(path.read_text(encoding="utf-8", errors="replace")):
            found.append(f"{path.relative_to(ROOT)}: {match.group()}")
    assert found == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_can_be_read_in_one_sitting(page: Path) -> None:
    lines = page.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 220
    assert [line for line in lines if len(line) > WIDEST] == []
