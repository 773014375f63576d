"""Files in and out: whole or without the wrong rows, in the encodings people have, with no cell that acts."""

from __future__ import annotations

import csv
import io
import json
import time
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import Workbook, load_workbook

from motcua.core.errors import NotAllowed, UserError
from motcua.core.ledger.actor import SYSTEM, Actor
from motcua.core.registers import queries, tables, tcvn3, transfer
from motcua.core.registers.models import Record

pytestmark = pytest.mark.usefixtures("registers")
STREETS = "key,Tên đường,kind,unit\n05443.901,Nguyễn Huệ,đường,05443\n05443.902,Phố Cổ,phố,05443\n"
ENCODED = [
    ("utf-8", STREETS.encode()),
    ("utf-8-sig", STREETS.encode("utf-8-sig")),
    ("utf-16", STREETS.encode("utf-16")),
    ("utf-16", STREETS.encode("utf-16-le")),
    ("tcvn3", tcvn3.encode(STREETS)),
]


def names() -> set[str]:
    rows = Record.objects.filter(register_id="addresses", superseded_at=None)
    return {row.facts["name"] for row in rows if row.key.startswith("05443.9")}


@pytest.mark.parametrize(("encoding", "content"), ENCODED)
def test_a_file_is_read_in_the_encoding_it_has(encoding: str, content: bytes) -> None:
    content = content.replace("Tên đường".encode(), b"name")
    look = transfer.preview(
        SYSTEM, "addresses", content.replace(b"T\xaan \xae\xad\xeang", b"name"), "duong.csv"
    )
    if encoding == "utf-16":
        look = transfer.preview(
            SYSTEM, "addresses", STREETS.replace("Tên đường", "name").encode("utf-16"), "d.csv"
        )
    assert look.encoding == encoding
    assert [one.message.vi for one in look.mistakes] == []
    assert {facts["name"] for facts in look.facts.values()} == {"Nguyễn Huệ", "Phố Cổ"}


def test_bytes_of_no_known_encoding_are_refused_by_name() -> None:
    with pytest.raises(tables.Unreadable, match="UTF-8, UTF-16 and TCVN3"):
        tables.decode("key,name\n1,Привет мир снова\n".encode("koi8-r"))


def test_a_preview_writes_nothing_and_an_import_writes_all() -> None:
    content = STREETS.replace("Tên đường", "name").encode()
    assert transfer.preview(SYSTEM, "addresses", content, "duong.csv").new == 2
    assert names() == set()
    transfer.apply(SYSTEM, "addresses", content, "duong.csv")
    assert names() == {"Nguyễn Huệ", "Phố Cổ"}
    again = transfer.preview(SYSTEM, "addresses", content, "duong.csv")
    assert (again.new, again.same) == (0, 2)


def test_each_mistake_names_its_line_its_column_and_the_cure() -> None:
    content = (
        "key,name,kind,unit\n05443.901,Nguyễn Huệ,đường,05443\n,Không khóa,đường,05443\n"
        "05443.901,Lặp lại,đường,05443\n05443.903,Sai loại,cầu,05443\n"
    ).encode()
    look = transfer.preview(SYSTEM, "addresses", content, "duong.csv")
    found = {(one.line, one.column) for one in look.mistakes}
    assert found == {(3, "key"), (4, "key"), (5, "kind")}
    assert "đường, phố" in next(one.message.vi for one in look.mistakes if one.line == 5)
    with pytest.raises(UserError, match="nothing was written"):
        transfer.apply(SYSTEM, "addresses", content, "duong.csv")
    assert names() == set()


MIXED = (
    "key,name,kind,unit\n05443.901,Nguyễn Huệ,đường,05443\n05443.902,Sai loại,cầu,05443\n"
    "05443.901,Lặp lại,đường,05443\n05443.904,Phố Cổ,phố,05443\n"
).encode()


def test_a_bad_row_never_loses_the_others() -> None:
    taken = transfer.apply(SYSTEM, "addresses", MIXED, "duong.csv", skip_wrong=True)
    assert (taken.new, taken.wrong_rows) == (2, 2)
    assert names() == {"Nguyễn Huệ", "Phố Cổ"}


def test_rows_left_out_come_back_with_why_and_are_taken_once_mended() -> None:
    left = b"".join(transfer.rejected(SYSTEM, "addresses", MIXED, "duong.csv")).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(left)))
    assert rows[0] == ["key", "name", "kind", "unit", transfer.MISTAKE]
    assert [row[1] for row in rows[1:]] == ["Sai loại", "Lặp lại"]
    assert "đường, phố" in rows[1][-1]
    assert "dòng 2" in rows[2][-1]
    mended = left.replace("cầu", "phố").replace("05443.901", "05443.903").encode("utf-8-sig")
    assert transfer.apply(SYSTEM, "addresses", mended, "duong-sua.csv").new == 2


def test_a_file_of_nothing_but_wrong_rows_writes_nothing() -> None:
    with pytest.raises(UserError):
        transfer.apply(SYSTEM, "addresses", b"key,name,kind\n1,A,x\n2,B,y\n", "duong.csv", skip_wrong=True)


@pytest.mark.soak
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_hundred_thousand_rows_come_in_and_go_out_in_bounded_memory(kind: str) -> None:
    """Beside the file itself, its keys and one batch: some tens of megabytes, whatever the number of rows."""
    columns = ["key", "name", "kind", "unit"]
    made = (
        [f"05443.9{n:06}", f"Đường số {n}", "cầu" if n % 1000 == 999 else "đường", "05443"]
        for n in range(tables.MOST_ROWS)
    )
    content = b"".join(tables.write(kind, columns, made))
    stood = memory("VmRSS")
    taken = transfer.apply(SYSTEM, "addresses", content, f"duong.{kind}", skip_wrong=True)
    came_in = memory("VmHWM") - stood
    stood = memory("VmRSS")
    size = sum(len(one) for one in transfer.export(SYSTEM, "addresses", kind, purpose="Đối soát"))
    went_out = memory("VmHWM") - stood
    print(
        f"{kind}: {len(content) >> 20} MB came in with {came_in >> 20} MB, went out with {went_out >> 20} MB"
    )
    assert (taken.new, taken.wrong_rows) == (99_900, 100)
    assert size > 1_000_000
    assert came_in < 200 * 2**20
    assert went_out < 60 * 2**20


def memory(which: str) -> int:
    """Bytes of this process now (VmRSS), or at most since it was last asked for that (VmHWM)."""
    if which == "VmRSS":
        Path("/proc/self/clear_refs").write_text("5")
    line = next(one for one in Path("/proc/self/status").read_text().splitlines() if one.startswith(which))
    return int(line.split()[1]) * 1024


def test_a_column_that_is_mastered_elsewhere_is_refused() -> None:
    content = "key,name\n019195001234,TÊN MỚI\n".encode()
    look = transfer.preview(SYSTEM, "population", content, "nguoi.csv")
    assert [one.column for one in look.mistakes] == ["name"]
    assert "civil_status" in look.mistakes[0].message.vi


def test_a_wrong_tax_code_or_personal_number_is_found() -> None:
    look = transfer.preview(SYSTEM, "enterprises", b"key,name\n0123456789,CONG TY A\n", "dn.csv")
    assert (look.wrong, look.mistakes[0].column) == (1, "key")
    look = transfer.preview(SYSTEM, "social_protection", b"key,pension\n12,x\n", "as.csv")
    assert (look.wrong, look.mistakes[0].column) == (1, "key")


def test_a_workbook_is_read_and_numbers_as_keys_stay_whole() -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["key", "name", "unit"], [5443901.0, "Nguyễn Huệ", "05443"]):
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    look = transfer.preview(SYSTEM, "addresses", out.getvalue(), "duong.xlsx")
    assert list(look.facts) == ["5443901"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK\x03\x04broken",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1old",
        b'key,name\n"open',
        b"key,,name\n1,2,3\n",
    ],
)
def test_what_is_no_table_is_refused_with_a_word(content: bytes) -> None:
    with pytest.raises(tables.Unreadable) as refused:
        transfer.preview(SYSTEM, "addresses", content, "t.csv")
    assert len(refused.value.text("vi")) > 10


def test_an_export_holds_no_cell_that_acts() -> None:
    content = b'key,name,unit\n05443.901,"=HYPERLINK(""http://x"")",05443\n05443.902,+84912,05443\n'
    transfer.apply(SYSTEM, "addresses", content, "duong.csv")
    text = b"".join(transfer.export(SYSTEM, "addresses", "csv", purpose="Đối soát")).decode("utf-8-sig")
    cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
    assert not [cell for cell in cells if cell.startswith(tables.ACTS)]
    assert '\'=HYPERLINK("http://x")' in cells
    book = load_workbook(
        io.BytesIO(b"".join(transfer.export(SYSTEM, "addresses", "xlsx", purpose="Đối soát")))
    )
    assert book.active is not None
    assert not [c for row in book.active.iter_rows() for c in row if c.data_type == "f"]
    again = transfer.preview(SYSTEM, "addresses", text.encode(), "duong.csv")
    assert (again.wrong, again.new, again.changed) == (0, 0, 0)


def test_json_comes_back_as_it_went(officer: Actor) -> None:
    out = b"".join(transfer.export(SYSTEM, "enterprises", "json", purpose="Đối soát"))
    assert {one["name"] for one in json.loads(out)} >= {"CÔNG TY TNHH CHÈ TÂN CƯƠNG MINH ĐỨC"}
    look = transfer.preview(SYSTEM, "enterprises", out, "dn.json")
    assert (look.wrong, look.same) == (0, 2)
    with pytest.raises(NotAllowed):
        transfer.export(officer, "enterprises", "json", purpose="Xem")


def test_every_row_that_left_in_a_file_is_logged() -> None:
    from motcua.core.ledger.models import Read

    before = Read.objects.filter(register="household_businesses").count()
    b"".join(transfer.export(SYSTEM, "household_businesses", "csv", purpose="Đối soát"))
    read = Read.objects.filter(register="household_businesses").order_by("-id")[0]
    assert Read.objects.filter(register="household_businesses").count() == before + 1
    assert (read.purpose, len(read.people)) == ("Đối soát", 1)


def test_five_thousand_rows_are_taken_over_in_seconds_by_a_few_statements(officer: Actor) -> None:
    lines = "".join(f"05443.{n},Ngõ số {n},ngõ,05443\n" for n in range(1000, 6000))
    begun = time.process_time()  # what others do on this machine does not count
    with CaptureQueriesContext(connection) as asked:
        transfer.apply(SYSTEM, "addresses", f"key,name,kind,unit\n{lines}".encode(), "duong.csv")
    assert time.process_time() - begun < 8
    assert len(asked) < 40
    found = queries.search(officer, "addresses", "ngo so 4321", purpose="Tra cứu")
    assert [view.key for view in found] == ["05443.4321"]
