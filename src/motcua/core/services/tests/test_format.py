"""The checker tells a clerk what is wrong, where, and how to mend it."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from pathlib import Path

import pytest

from motcua.core.services import scaffold
from motcua.core.services.pack import Fault, PackError, check, digest, load, read_files, zipped
from motcua.core.services.tests.conftest import CATALOGUE, files_of
from motcua.core.services.trial import run_cases


def faults_after(old: str, new: str, file: str = "service.yaml", slug: str = "khai-sinh") -> list[Fault]:
    files = files_of(slug)
    assert old in files[file]
    files[file] = files[file].replace(old, new, 1)
    return check(files)


def test_a_pack_that_is_right_has_no_faults() -> None:
    assert check(CATALOGUE / "khai-sinh") == []


def test_an_unquoted_expression_is_named_with_its_line_and_the_way_to_mend_it() -> None:
    [fault] = faults_after("when: 'verification.needed'", "when: verification.needed")
    lines = files_of("khai-sinh")["service.yaml"].splitlines()
    assert "when: 'verification.needed'" in lines[fault.line - 1]
    assert fault.key == "time_limit[0].when"
    assert "Write: when: 'verification.needed'" in fault.en
    assert "dấu nháy" in fault.vi


def test_an_expression_that_yaml_chokes_on_is_said_to_lack_quotes() -> None:
    [fault] = faults_after("when: 'copies > 0'", "when: a: b > 0")
    assert "quotes" in fault.en
    assert fault.line == 1 + files_of("khai-sinh")["service.yaml"].splitlines().index(
        "    when: 'copies > 0'"
    )


def test_wrong_feel_is_told_with_the_expression() -> None:
    [fault] = faults_after("'copies > 0'", "'copies >'")
    assert fault.key == "fees[1].when"
    assert "copies >" in fault.en


def test_an_unknown_key_is_answered_with_the_nearest() -> None:
    [fault] = faults_after("    pay: before", "    payy: before")[:1]
    assert "payy" in fault.en or "pay" in fault.key
    said = " ".join(fault.en for fault in faults_after("    pay: before", "    payy: before"))
    assert "Did you mean “pay”?" in said


def test_a_source_of_facts_outside_the_closed_list_is_refused() -> None:
    [fault] = faults_after("population.person(applicant.number)", "police.secrets(applicant.number)")
    assert "population.person(number)" in fault.en


def test_a_day_that_does_not_exist_is_refused() -> None:
    [fault] = faults_after("in_force_from: 2025-07-01", "in_force_from: 2025-02-30")
    assert fault.key == "version.in_force_from"


def test_a_key_written_twice_is_refused() -> None:
    [fault] = faults_after("field: ho-tich\n", "field: ho-tich\nfield: khac\n")
    assert "twice" in fault.en


def test_yes_and_no_and_days_stay_text() -> None:
    answers = load(CATALOGUE / "khai-sinh").files["cases/unmarried.yaml"]
    assert 'recognition: "no"' in answers
    assert load(CATALOGUE / "khai-sinh").manifest["version"]["in_force_from"] == "2025-07-01"


def test_a_partial_service_says_why() -> None:
    assert any(fault.key == "because" for fault in faults_after("online: full", "online: partial"))


def test_a_text_missing_in_one_language_is_named() -> None:
    faults = faults_after("paper.birth_notice: 'Birth notice of the hospital'\n", "", "texts/en.yaml")
    assert [fault.key for fault in faults] == ["paper.birth_notice"]


def test_a_service_task_that_nobody_does_is_refused_at_its_line() -> None:
    [fault] = faults_after('type="documents.issue_result"', 'type="documents.burn"', "process.bpmn")
    assert fault.line > 0
    assert "documents.issue_result" in fault.en


def test_a_decision_that_the_file_lacks_is_refused() -> None:
    [fault] = faults_after(
        "extract: decisions/extract.dmn#extract",
        "extract: decisions/extract.dmn#other",
        slug="trich-luc-ho-tich",
    )
    assert "it has: extract" in fault.en


def test_a_limit_below_one_that_always_holds_is_refused() -> None:
    faults = faults_after("  - when: 'verification.needed'\n    days: 3", "  - days: 3")
    assert any("never count" in fault.en for fault in faults)


def test_a_broken_zip_a_foreign_path_and_too_much_are_refused(tmp_path: Path) -> None:
    with pytest.raises(PackError, match="no zip"):
        load(b"PK nothing")
    sly = io.BytesIO()
    with zipfile.ZipFile(sly, "w") as archive:
        archive.writestr("service.yaml", "motcua: 1")
        archive.writestr("../../etc/cases.yaml", "x")
    with pytest.raises(PackError, match=r"without “\.\.”"):
        load(sly.getvalue())
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("service.yaml", "#" * 5_000_000)
    with pytest.raises(PackError, match="too large"):
        load(bomb.getvalue())
    with pytest.raises(PackError, match=r"no service\.yaml"):
        load({"form.json": "{}"})
    with pytest.raises(PackError, match="no such folder"):
        load(tmp_path / "nowhere")


def test_folder_zip_and_mapping_are_the_same_pack() -> None:
    files = read_files(CATALOGUE / "khai-sinh")
    packed = zipped(files, "1.001193")
    assert packed == zipped(dict(reversed(list(files.items()))), "1.001193")
    assert load(packed) is load(CATALOGUE / "khai-sinh")
    assert digest(files) == load(files).digest


def test_line_ends_do_not_change_the_digest() -> None:
    files = read_files(CATALOGUE / "khai-sinh")
    assert digest(read_files({name: text.replace("\n", "\r\n") for name, text in files.items()})) == digest(
        files
    )


def test_a_zip_changed_after_export_is_found_out() -> None:
    packed = io.BytesIO(zipped(read_files(CATALOGUE / "khai-sinh"), "1.001193"))
    changed = io.BytesIO()
    with zipfile.ZipFile(packed) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            new.writestr(
                name, data.replace(b"amount: 8000", b"amount: 9000") if name == "service.yaml" else data
            )
    with pytest.raises(PackError, match="changed after export"):
        load(changed.getvalue())


def test_a_new_pack_passes_its_own_cases() -> None:
    files = scaffold.files("Cấp giấy 'thử': Đoàn", "A trial: paper", "9.000123", dt.date(2026, 11, 20))
    pack = load(files)
    report = run_cases(pack)
    assert pack.slug == "cap-giay-thu-doan"
    assert [(case.file, case.error, case.mismatches) for case in report.cases if not case.passed] == []
    assert len(report.cases) == 2
