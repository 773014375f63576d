"""`motcua service`, as a clerk and as a machine call it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from motcua.cli.service import service
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.core.services import queries
from motcua.core.services.pack import load
from motcua.core.services.tests.conftest import CATALOGUE, files_of

PENSION = CATALOGUE / "tro-cap-huu-tri-xa-hoi"


def run(*arguments: str | Path) -> tuple[int, Result]:
    """The exit code as the main command gives it: what the command returns, else click's own."""
    result = CliRunner().invoke(service, [str(one) for one in arguments], standalone_mode=False)
    if result.exception is not None:
        return getattr(result.exception, "exit_code", 1), result
    return int(result.return_value or 0), result


def write(files: dict[str, str], folder: Path) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    return folder


def test_the_catalogue_passes() -> None:
    code, result = run("test", *sorted(path for path in CATALOGUE.iterdir() if path.is_dir()))
    assert code == 0
    assert result.output.strip().endswith("passed, 0 failed")


def test_a_failing_case_ends_with_one_and_says_what_came_out(tmp_path: Path) -> None:
    files = files_of(PENSION.name)
    files["cases/too-young.yaml"] = files["cases/too-young.yaml"].replace("too_young", "from_75")
    code, result = run("test", write(files, tmp_path / "pack"))
    assert code == 1
    assert "decision.rule: expected 'from_75', came out 'too_young'" in result.output


def test_a_pack_that_cannot_be_used_ends_with_one_and_names_the_line(tmp_path: Path) -> None:
    files = files_of(PENSION.name)
    files["service.yaml"] = files["service.yaml"].replace("field: bao-tro-xa-hoi", "feild: bao-tro-xa-hoi")
    code, result = run("test", write(files, tmp_path / "pack"), "--json")
    told = json.loads(result.stdout)
    assert code == 1
    [faults] = told["refused"].values()
    assert any("Did you mean “field”?" in fault["en"] and fault["line"] > 1 for fault in faults)


def test_a_new_pack_passes_and_is_not_written_over(tmp_path: Path) -> None:
    assert run("new", "Xác nhận cư trú", "--to", tmp_path)[0] == 0
    assert run("test", tmp_path / "xac-nhan-cu-tru")[0] == 0
    code, result = run("new", "Xác nhận cư trú", "--to", tmp_path)
    assert code == 1
    assert "there already" in result.output


def test_a_name_without_letters_is_wrong_use(tmp_path: Path) -> None:
    assert run("new", "!!!", "--to", tmp_path)[0] == 2


def test_an_exported_folder_is_a_zip_that_passes(tmp_path: Path) -> None:
    code, _ = run("export", PENSION, tmp_path / "pension.zip")
    assert code == 0
    assert load(tmp_path / "pension.zip").digest == load(PENSION).digest
    assert run("test", tmp_path / "pension.zip")[0] == 0


@pytest.mark.django_db
def test_import_takes_the_good_and_refuses_the_bad_and_names_what_is_left_out(tmp_path: Path) -> None:
    files = files_of(PENSION.name)
    files["texts/vi.yaml"] += "them.mot: 'dòng'\n"
    files["texts/en.yaml"] += "them.mot: 'line'\n"
    good = write(files, tmp_path / "good")
    (good / "notes.docx").write_bytes(b"x")
    bad = write({**files, "form.json": "{"}, tmp_path / "bad")
    code, result = run("import", good, bad, "--json")
    told = json.loads(result.stdout)
    assert code == 1
    assert [one["code"] for one in told["imported"]] == ["1.014027"]
    assert [one["path"] for one in told["refused"]] == [str(bad)]
    assert told["dropped_fields"] == [f"{good}/notes.docx"]


@pytest.mark.django_db
def test_publish_puts_the_newest_version_in_force(tmp_path: Path) -> None:
    files = files_of(PENSION.name)
    files["texts/vi.yaml"] += "them.mot: 'dòng'\n"
    files["texts/en.yaml"] += "them.mot: 'line'\n"
    assert run("import", write(files, tmp_path / "pack"), "--publish")[0] == 0
    code, result = run("publish", "1.014027")
    assert code == 0
    assert "is in force from" in result.output
    with acting(SYSTEM):
        queries.forget()
        assert queries.versions("1.014027")[0].state == "published"
    assert run("publish", "9.999999")[0] == 1
