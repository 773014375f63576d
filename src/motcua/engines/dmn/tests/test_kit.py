"""The compatibility kit, where it is at hand."""

import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from motcua.cli.dmn import dmn as command

VECTORS = os.environ.get("MOTCUA_VECTORS", "")
MODEL = """<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" namespace="k" name="k">
<decision id="d" name="d"><variable name="d"/><literalExpression><text>1 + 1</text></literalExpression></decision>
</definitions>"""
CASES = """<testCases xmlns="http://www.omg.org/spec/DMN/20160719/testcase"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema">
<modelName>k.dmn</modelName><testCase id="one"><resultNode name="d"><expected>
<value xsi:type="xsd:decimal">{expected}</value></expected></resultNode></testCase></testCases>"""


def run(directory: Path, expected: str, *options: str) -> tuple[int, str]:
    (directory / "k.dmn").write_text(MODEL)
    (directory / "k-test-01.xml").write_text(CASES.format(expected=expected))
    result = CliRunner().invoke(command, ["test", str(directory), *options])
    return result.exit_code, result.stdout


def test_cases_that_hold_pass(tmp_path: Path) -> None:
    code, output = run(tmp_path, "2")
    assert (code, output.splitlines()[-1]) == (0, "1 passed, 0 failed")


def test_a_case_that_fails_is_told_with_what_was_expected_and_got(tmp_path: Path) -> None:
    code, output = run(tmp_path, "3")
    assert code == 1
    assert "k-test-01.xml case one node d: expected 3, got 2" in output
    assert output.splitlines()[-1] == "0 passed, 1 failed"


def test_a_directory_without_cases_is_a_wrong_use(tmp_path: Path) -> None:
    assert CliRunner().invoke(command, ["test", str(tmp_path)]).exit_code == 2


@pytest.mark.skipif(not VECTORS, reason="MOTCUA_VECTORS names no directory with the compatibility kit")
def test_the_compatibility_kit_passes() -> None:
    result = CliRunner().invoke(command, ["test", str(Path(VECTORS) / "dmn-tck")])
    assert result.stdout.splitlines()[-1].endswith(" 0 failed")
