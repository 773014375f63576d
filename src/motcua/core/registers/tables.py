"""Tables of others: CSV, XLSX and JSON read row by row, whatever their encoding, and written so that no cell acts.

What cannot be read is refused with
a sentence that says why; nothing is guessed silently.
"""

from __future__ import annotations

import csv
import io
import json
import tempfile
import unicodedata
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from motcua.core.errors import UserError
from motcua.core.registers import tcvn3
from motcua.engines.text import normalise

FORMATS = ("csv", "xlsx", "json")
MOST_ROWS = 100_000
MOST_BYTES = 64 * 1024 * 1024
PIECE = 64 * 1024
ACTS = ("=", "+", "-", "@", "\t", "\r")
"""With these a spreadsheet takes a cell for a formula (OWASP, CSV injection)."""


class Unreadable(UserError):
    """A file that is no table."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table: titles, rows with their line in the file, and in which encoding it was written."""

    columns: tuple[str, ...]
    rows: Iterator[tuple[int, list[Any]]]
    encoding: str


def read(content: bytes, name: str) -> Sheet:
    """The table in a file, by its content first and its name second. Raises Unreadable."""
    if len(content) > MOST_BYTES:
        raise Unreadable(
            "Tệp lớn hơn 64 MB. Hãy chia nhỏ.", "The file is larger than 64 MB: split it.", "file"
        )
    if not content.strip():
        raise Unreadable("Tệp trống, không có dòng nào.", "The file is empty.", "file")
    if content[:4] == b"PK\x03\x04":
        return _xlsx(content)
    if content[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise Unreadable(
            "Đây là tệp Excel cũ (.xls). Hãy mở và lưu lại thành .xlsx.",
            "This is an old Excel file (.xls): open it and save it as .xlsx.",
            "file",
        )
    text, encoding = decode(content)
    return _json(text, encoding) if name.lower().endswith(".json") else _csv(text, encoding)


def decode(content: bytes) -> tuple[str, str]:
    """(text in NFC, its encoding). UTF-8, UTF-16 and TCVN3 (ABC) are known; others are refused by name."""
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if content.startswith(mark):
            return _decoded(content, encoding), encoding
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        if content[1::2].count(0) > len(content) // 4 and len(content) % 2 == 0:
            return _decoded(content, "utf-16-le"), "utf-16"
        if tcvn3.looks_so(content):
            return normalise_lines(tcvn3.decode(content)), "tcvn3"
        raise Unreadable(
            "Không nhận ra bảng mã của tệp (không phải UTF-8, UTF-16 hay TCVN3). Hãy lưu lại bằng UTF-8.",
            "The file's encoding is none of UTF-8, UTF-16 and TCVN3: save it as UTF-8.",
            "file",
        ) from None
    if "\x00" in text:
        return _decoded(content, "utf-16-le"), "utf-16"
    return normalise_lines(text), "utf-8"


def normalise_lines(text: str) -> str:
    """Line ends as one character; marks on letters in the stored form."""
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))


def _decoded(content: bytes, encoding: str) -> str:
    try:
        return normalise_lines(content.decode(encoding))
    except UnicodeDecodeError as wrong:
        raise Unreadable(
            f"Tệp ghi là {encoding} nhưng hỏng ở byte {wrong.start}.",
            f"The file says it is {encoding}, but is broken at byte {wrong.start}.",
            "file",
        ) from wrong


def _csv(text: str, encoding: str) -> Sheet:
    first = text.split("\n", 1)[0]
    separator = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)

    def lines() -> Iterator[tuple[int, list[Any]]]:
        while True:
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as wrong:
                raise Unreadable(
                    f"Dòng {reader.line_num}: dấu ngoặc kép không khớp ({wrong}).",
                    f"Line {reader.line_num}: quotation marks do not match ({wrong}).",
                    "file",
                ) from wrong
            if any(cell.strip() for cell in cells):
                yield reader.line_num, cells

    return _with_head(lines(), encoding)


def _xlsx(content: bytes) -> Sheet:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(one.file_size for one in packed.infolist()) > 8 * MOST_BYTES:
                raise Unreadable(
                    "Tệp Excel phình quá lớn khi mở.", "The workbook is too large once unpacked.", "file"
                )
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    except (zipfile.BadZipFile, InvalidFileException, KeyError, OSError) as wrong:
        raise Unreadable(
            "Không mở được tệp Excel: tệp hỏng hoặc không phải .xlsx.",
            "The workbook cannot be opened: it is broken, or no .xlsx.",
            "file",
        ) from wrong
    sheet = book.worksheets[0]
    rows = ((line, list(cells)) for line, cells in enumerate(sheet.iter_rows(values_only=True), 1))
    return _with_head((one for one in rows if any(cell not in (None, "") for cell in one[1])), "xlsx")


def _json(text: str, encoding: str) -> Sheet:
    try:
        given = json.loads(text)
    except (ValueError, RecursionError) as wrong:
        raise Unreadable(
            f"JSON không đọc được: {wrong}.", f"The JSON cannot be read: {wrong}.", "file"
        ) from None
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given) or not given:
        raise Unreadable(
            "JSON phải là danh sách các bản ghi: [{…}, …].", "The JSON must be a list of objects.", "file"
        )
    columns = tuple(dict.fromkeys(str(name) for one in given for name in one))
    rows = ((line, [one.get(column) for column in columns]) for line, one in enumerate(given, 1))
    return Sheet(columns, rows, encoding)


def _with_head(rows: Iterator[tuple[int, list[Any]]], encoding: str) -> Sheet:
    _, head = next(rows, (0, []))
    columns = tuple(normalise(str(cell or "")).strip() for cell in head)
    while columns and not columns[-1]:
        columns = columns[:-1]
    if not columns or "" in columns or len(set(columns)) != len(columns):
        raise Unreadable(
            "Dòng đầu phải là tên các cột, không trống, không trùng.",
            "The first line must name the columns, none empty, none twice.",
            "file",
        )
    return Sheet(columns, rows, encoding)


def write(format_: str, columns: list[str], rows: Iterable[list[Any]]) -> Iterator[bytes]:
    """A file of the rows, piece by piece; a cell that a spreadsheet would take for a formula gets an apostrophe."""
    return WRITERS[format_](columns, rows)


def _write_csv(columns: list[str], rows: Iterable[list[Any]]) -> Iterator[bytes]:
    line = io.StringIO()
    writer = csv.writer(line)
    yield b"\xef\xbb\xbf"  # by which Excel knows that it is UTF-8
    writer.writerow(columns)
    for number, cells in enumerate(rows, 1):
        writer.writerow([harmless(_said(cell)) for cell in cells])
        if number % 500 == 0:
            yield line.getvalue().encode()
            line.seek(0)
            line.truncate()
    yield line.getvalue().encode()


def _write_xlsx(columns: list[str], rows: Iterable[list[Any]]) -> Iterator[bytes]:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("data")
    sheet.append(columns)
    for cells in rows:
        sheet.append([cell if isinstance(cell, int | float) else harmless(_said(cell)) for cell in cells])
    with tempfile.TemporaryFile() as out:  # a workbook is a zip: its table of contents comes last
        book.save(out)
        out.seek(0)
        while piece := out.read(PIECE):
            yield piece


def _write_json(columns: list[str], rows: Iterable[list[Any]]) -> Iterator[bytes]:
    yield b"["
    for number, cells in enumerate(rows):
        one = {column: cell for column, cell in zip(columns, cells, strict=True) if cell not in (None, "")}
        yield (b",\n" if number else b"\n") + json.dumps(one, ensure_ascii=False, default=str).encode()
    yield b"\n]\n"


def harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(ACTS) else cell


def _said(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "có" if cell else "không"
    return json.dumps(cell, ensure_ascii=False) if isinstance(cell, dict | list) else str(cell)


WRITERS: dict[str, Callable[[list[str], Iterable[list[Any]]], Iterator[bytes]]] = {
    "csv": _write_csv,
    "xlsx": _write_xlsx,
    "json": _write_json,
}
