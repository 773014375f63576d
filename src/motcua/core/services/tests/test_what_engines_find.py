"""What the engines find in a pack's files is told when it is taken in: errors refuse it, warnings do not."""

from __future__ import annotations

import pytest

from motcua.core.services.pack import Fault, PackError, check, load, warnings
from motcua.core.services.tests.conftest import files_of

DEAD_END = """    <bpmn:task id="look" name="Ghi chú" />
    <bpmn:sequenceFlow id="f_look" sourceRef="look" targetRef="receive" />
    <bpmn:endEvent id="returned\""""


def edited(slug: str, file: str, before: str, after: str) -> dict[str, str]:
    files = files_of(slug)
    assert before in files[file]
    return {**files, file: files[file].replace(before, after)}


def line_of(files: dict[str, str], file: str, text: str) -> int:
    return next(place for place, line in enumerate(files[file].splitlines(), start=1) if text in line)


def test_every_error_of_the_process_is_told_by_element_and_line() -> None:
    files = edited("khai-sinh", "process.bpmn", 'targetRef="returned"', 'targetRef="nowhere"')
    files["process.bpmn"] = files["process.bpmn"].replace(
        '<bpmn:endEvent id="refused"', '<bpmn:complexGateway id="odd" />\n    <bpmn:endEvent id="refused"'
    )
    faults = check(files)
    assert {fault.file for fault in faults} == {"process.bpmn"}
    odd = next(fault for fault in faults if fault.key == "odd")
    assert odd.line == line_of(files, "process.bpmn", 'id="odd"')
    assert odd.vi.startswith("Không chạy được: ")
    with pytest.raises(PackError, match="odd"):
        load(files)


def test_a_part_that_nobody_reaches_is_a_warning_and_the_pack_can_be_used() -> None:
    files = edited("khai-sinh", "process.bpmn", '    <bpmn:endEvent id="returned"', DEAD_END)
    assert load(files).code == "1.001193"
    found = {fault.key: fault for fault in warnings(files)}
    assert isinstance(found["look"], Fault)
    assert found["look"].line == line_of(files, "process.bpmn", '<bpmn:task id="look"')
    assert "No way leads here" in found["look"].en


def test_the_packs_that_ship_have_nothing_to_look_at_again() -> None:
    for slug in ("khai-sinh", "trich-luc-ho-tich", "tro-cap-huu-tri-xa-hoi"):
        assert warnings(files_of(slug)) == []


def test_a_cell_that_is_no_feel_refuses_the_pack_by_rule_and_line() -> None:
    files = files_of("tro-cap-huu-tri-xa-hoi")
    text = files["decisions/eligibility.dmn"]
    start = text.index("<inputEntry")
    first = text.index("<text>", start)
    files["decisions/eligibility.dmn"] = text[: first + 6] + "&gt;= (" + text[text.index("</text>", first) :]
    (fault, *_) = check(files)
    assert fault.file == "decisions/eligibility.dmn"
    assert fault.line > 0
    assert fault.key
