"""Every pack of the catalogue works, in both languages, and passes its own cases."""

from __future__ import annotations

import pytest

from motcua.core.services.pack import load, read_files
from motcua.core.services.tests.conftest import CATALOGUE, files_of
from motcua.core.services.trial import run_cases
from motcua.engines import dmn

SLUGS = sorted(folder.name for folder in CATALOGUE.iterdir() if (folder / "service.yaml").is_file())


@pytest.mark.parametrize("slug", SLUGS)
def test_it_passes_its_own_cases_with_nothing_left_unchecked(slug: str) -> None:
    report = run_cases(load(CATALOGUE / slug))
    assert [
        (case.file, case.error, case.mismatches, case.skipped) for case in report.cases if not case.passed
    ] == []
    assert len(report.cases) >= 6
    assert not any(case.skipped for case in report.cases)


@pytest.mark.parametrize("slug", SLUGS)
def test_its_tables_have_neither_gaps_nor_overlaps(slug: str) -> None:
    models = load(CATALOGUE / slug).models.values()
    assert [finding.message for model in models for finding in dmn.analyse(model)] == []


@pytest.mark.parametrize("slug", SLUGS)
def test_its_process_opens_in_a_designer(slug: str) -> None:
    pack = load(CATALOGUE / slug)
    drawn = pack.files[str(pack.manifest["process"])]
    assert all(f'bpmnElement="{element}"' in drawn for element in pack.process.elements)


@pytest.mark.parametrize("slug", SLUGS)
def test_every_step_has_a_name_in_both_languages(slug: str) -> None:
    pack = load(CATALOGUE / slug)
    for element in pack.process.elements.values():
        if element.kind.value in ("userTask", "serviceTask"):
            assert pack.text(f"steps.{element.id}", "en") != f"steps.{element.id}"


def test_a_case_that_expects_something_else_fails() -> None:
    files = files_of("khai-sinh")
    name = "cases/on-time-married.yaml"
    files[name] = (
        files[name].replace("deadline: 2026-11-23", "deadline: 2026-11-20").replace("TRẦN MINH ĐỨC", "AI ĐÓ")
    )
    report = next(case for case in run_cases(load(files)).cases if case.file == name)
    assert {mismatch.what for mismatch in report.mismatches} == {"deadline", "result.contains"}


def test_a_pack_without_cases_has_not_passed() -> None:
    files = {name: text for name, text in files_of("khai-sinh").items() if not name.startswith("cases/")}
    assert not run_cases(load(files)).passed


def test_a_limit_of_the_same_day_is_said_once() -> None:
    for lang, title, said in (
        ("vi", "Thời hạn giải quyết", "Trong ngày"),
        ("en", "Time limit", "The same day"),
    ):
        sheet = load(CATALOGUE / "khai-sinh").sheet(lang)
        limit = [line.text for line in sheet.lines if line.title == title][-1]
        assert limit.startswith(f"{said}; ")
        assert limit.count(said) == 1


def test_the_sheet_says_what_nobody_has_checked() -> None:
    sheet = load(CATALOGUE / "trich-luc-ho-tich").sheet("vi")
    fee = next(line for line in sheet.lines if line.title == "Phí cấp bản sao trích lục")
    assert fee.text.startswith("8.000 đ")
    assert not fee.checked
    assert "281/2016/TT-BTC" in fee.source


def test_no_file_of_the_catalogue_is_left_out() -> None:
    for slug in SLUGS:
        on_disk = {
            path.relative_to(CATALOGUE / slug).as_posix()
            for path in (CATALOGUE / slug).rglob("*")
            if path.is_file()
        }
        assert on_disk == set(read_files(CATALOGUE / slug))
