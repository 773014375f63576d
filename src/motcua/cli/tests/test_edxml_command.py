"""The command for official documents."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from motcua.cli.edxml import edxml
from motcua.engines import edxml as engine
from motcua.engines.edxml.samples import document


def run(*arguments: object) -> tuple[int, str]:
    outcome = CliRunner().invoke(edxml, [str(each) for each in arguments], standalone_mode=False)
    return outcome.return_value, outcome.output


def test_a_document_is_read_written_and_checked(tmp_path: Path) -> None:
    file, copy = tmp_path / "a.edxml", tmp_path / "b.edxml"
    file.write_bytes(engine.write(document()))
    code, output = run("read", file, "--json", "--files", tmp_path / "tep")
    assert code == 0
    assert (tmp_path / "tep" / "01-15-ubnd-tp.pdf").read_bytes() == b"%PDF-1.7 noi dung"
    (tmp_path / "a.json").write_text(output, encoding="utf-8")
    assert run("write", tmp_path / "a.json", "-o", copy)[0] == 0
    assert engine.equal_in_substance(file.read_bytes(), copy.read_bytes())
    assert "Sở Tư pháp" in run("read", file)[1]
    assert run("check", copy)[0] == 0


def test_a_faulty_file_exits_with_1_and_says_where(tmp_path: Path) -> None:
    file = tmp_path / "a.edxml"
    file.write_bytes(engine.write(document()).replace(b"<edXML:CodeNumber>15</edXML:CodeNumber>", b""))
    code, output = run("check", file, "--json")
    assert code == 1
    finding = next(each for each in json.loads(output)["findings"] if each["weight"] == "fault")
    assert finding["line"] > 1
    file.write_bytes(b"<edXML>")
    assert run("check", file)[0] == 1
    assert run("read", file)[0] == 1
