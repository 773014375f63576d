"""What is wrong with a message: where, in which line, and how to mend it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple


class Rule(NamedTuple):
    """A fault's words in both languages, how to mend it, and the axis's error code for it."""

    vi: str
    en: str
    mend_vi: str
    mend_en: str
    axis: int = 22
    warning: bool = False


RULES = {
    "too_large": Rule("Tệp lớn hơn {limit} MB", "The file is larger than {limit} MB",
        "Tách tệp đính kèm thành nhiều văn bản.", "Send the attachments in several documents.", 10),
    "not_xml": Rule("Không phải XML đúng cú pháp: {detail}", "This is not well-formed XML: {detail}",
        "Sửa ở dòng đã nêu rồi gửi lại.", "Mend the line named and send it again.", 22),
    "undeclared_prefix": Rule("Tiền tố không khai báo: {detail}", "A prefix is not declared: {detail}",
        "Khai báo xmlns của tiền tố.", "Declare the prefix's namespace.", 22, True),
    "forbidden": Rule("Không nhận khai báo kiểu tài liệu (DOCTYPE), thực thể hay mã UTF-16",
        "Document types, entities and UTF-16 are not accepted",
        "Bỏ DOCTYPE và ghi tệp bằng UTF-8.", "Remove the DOCTYPE and write the file in UTF-8.", 22),
    "too_many_elements": Rule("Quá nhiều phần tử (hơn {limit})", "More than {limit} elements",
        "Kiểm tra phần mềm tạo tệp.", "Check the software that made the file.", 10),
    "no_header": Rule("Không có MessageHeader", "There is no MessageHeader",
        "Đây không phải thông điệp edXML; chọn đúng tệp.", "This is no edXML message; choose the right file.", 22),
    "package": Rule("Không phải gói MIME có phong bì SOAP: {detail}", "No MIME package with a SOAP envelope: {detail}",
        "Gửi gói multipart/related, phong bì SOAP là phần đầu.",
        "Send multipart/related with the SOAP envelope first.", 22),
    "soap_form": Rule("Dạng SOAP cũ, được đọc như quy chuẩn hiện nay", "The older SOAP form, read as today's standard",
        "Gửi một tệp edXML theo QCVN 102:2016.", "Send one edXML file by QCVN 102:2016.", 22, True),
    "namespace": Rule("Không gian tên lạ: {detail}", "An unknown namespace: {detail}",
        "Dùng http://www.mic.gov.vn/TBT/QCVN_102_2016.", "Use http://www.mic.gov.vn/TBT/QCVN_102_2016.", 22, True),
    "unknown_element": Rule("Không biết phần tử {detail}, bỏ qua", "{detail} is not known and was left out",
        "Bỏ phần tử này khi ghi lại.", "Leave it out when writing.", 22, True),
    "spelling": Rule("{detail} viết khác quy chuẩn", "{detail} is spelt otherwise than the standard",
        "Viết Bussiness (ba chữ s), như quy chuẩn.", "Write Bussiness (three s), as the standard does.", 22, True),
    "repeated": Rule("{detail} có hơn một lần, chỉ lấy lần đầu", "{detail} is there more than once; the first is taken",
        "Chỉ để một.", "Keep one.", 22),
    "character": Rule("Có ký tự không viết được trong XML ({detail})", "A character that XML cannot hold ({detail})",
        "Bỏ ký tự điều khiển.", "Leave control characters out.", 22),
    "missing": Rule("Thiếu {detail}", "{detail} is missing", "Bổ sung phần tử này.", "Add this element.", 22),
    "day": Rule("“{detail}” không phải ngày", "{detail!r} is no date", "Ghi năm/tháng/ngày, ví dụ 2026/11/21.",
        "Write year/month/day, for instance 2026/11/21.", 22),
    "organ": Rule("“{detail}” không có dạng mã định danh cơ quan", "{detail!r} has not the form of an agency's id",
        "Ghi như 000.00.00.G22 hoặc H55.237.", "Write it like 000.00.00.G22 or H55.237.", 22),
    "number": Rule("“{detail}” không phải số của văn bản", "{detail!r} is no document number",
        "Số văn bản là số thứ tự trong năm.", "A document's number is its order in the year.", 22, True),
    "choice": Rule("“{detail}” không có trong danh mục {choices}", "{detail!r} is none of {choices}",
        "Chọn một giá trị của danh mục.", "Choose a value of the list.", 22),
    "receivers": Rule("Văn bản cập nhật không nêu nơi nhận thay đổi", "An update names no changed receiver",
        "Ghi ReceiverList, mỗi nơi nhận 0 (bỏ) hoặc 1 (thêm).", "Give ReceiverList: 0 removed, 1 added.", 22, True),
    "replacements": Rule("Văn bản thay thế không nêu văn bản bị thay", "A replacement names no document replaced",
        "Ghi ReplacementInfoList.", "Give ReplacementInfoList.", 22),
    "attachment_unlisted": Rule("Tệp {detail} không có trong danh mục đính kèm", "{detail} is not in the manifest",
        "Thêm Reference cùng ContentId.", "Add a Reference with its ContentId.", 22, True),
    "attachment_absent": Rule("Danh mục nêu tệp {detail} nhưng không có tệp",
        "The manifest names {detail}, which is absent",
        "Gửi kèm tệp hoặc bỏ Reference.", "Send the file or drop the Reference.", 10),
    "attachment_base64": Rule("Tệp {detail} không phải base64", "{detail} is not base64",
        "Mã hóa lại tệp.", "Encode the file again.", 10),
    "attachment_not_zip": Rule("Tệp {detail} không được nén ZIP, đọc nguyên như gửi",
        "{detail} is not zipped; read as sent",
        "Nén ZIP một tệp rồi mã hóa base64.", "Zip the one file, then encode it.", 10, True),
    "attachment_zip": Rule("Tệp nén {detail}: {why}", "The archive {detail}: {why}",
        "Nén lại đúng một tệp, không mật khẩu.", "Zip exactly one file again, without a password.", 10),
    "attachment_bomb": Rule("Tệp nén {detail} bung ra quá lớn", "The archive {detail} unpacks too far",
        "Gửi tệp dưới {limit} MB.", "Send a file below {limit} MB.", 10),
    "unsigned": Rule("Không có chữ ký số của thông điệp", "The message bears no signature",
        "Bên gửi ký thông điệp bằng chứng thư của cơ quan.",
        "The sender signs with the agency's certificate.", 22, True),
    "signature_unreadable": Rule("Không kiểm tra được chữ ký: {detail}", "The signature cannot be checked: {detail}",
        "Bên gửi ký lại theo XMLDSig.", "The sender signs again by XMLDSig.", 22, True),
    "signature_broken": Rule("Chữ ký không còn đúng: {detail}", "The signature does not hold: {detail}",
        "Không dùng văn bản này; đề nghị bên gửi gửi lại.", "Do not use it; ask the sender to send again.", 21),
    "signature_weak": Rule("Chữ ký dùng SHA-1 đã yếu", "The signature uses SHA-1, which is broken",
        "Bên gửi chuyển sang SHA-256.", "The sender moves to SHA-256.", 22, True),
    "signer_other": Rule("Người ký ({detail}) không phải bên gửi", "The signer ({detail}) is not the sender",
        "Xác minh với bên gửi trước khi vào sổ.", "Ask the sender before entering it.", 21),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault or warning. `line` counts from 1 (0: nowhere in particular), `path` names the element."""

    code: str
    path: str = ""
    line: int = 0
    values: tuple[tuple[str, object], ...] = ()

    @property
    def is_warning(self) -> bool:
        return RULES[self.code].warning

    @property
    def axis(self) -> int:
        """The error code that the axis answers with."""
        return RULES[self.code].axis

    def text(self, lang: str = "vi") -> str:
        rule, values = RULES[self.code], dict(self.values)
        return (rule.en if lang == "en" else rule.vi).format(**values)

    def mend(self, lang: str = "vi") -> str:
        rule, values = RULES[self.code], dict(self.values)
        return (rule.mend_en if lang == "en" else rule.mend_vi).format(**values)

    def line_of_text(self, lang: str = "vi") -> str:
        """All of it in a line: where, what, how to mend."""
        words = ("line", "") if lang == "en" else ("dòng", "")
        where = f"{words[0]} {self.line}: " if self.line else ""
        path = f"{self.path}: " if self.path else ""
        return f"{where}{path}{self.text(lang)}. {self.mend(lang)}"


class EdxmlError(ValueError):
    """A message that cannot be read or written; the findings say why."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("; ".join(each.line_of_text("en") for each in self.findings))

    @property
    def axis(self) -> int:
        return next((each.axis for each in self.findings if not each.is_warning), 22)

    def text(self, lang: str = "vi") -> str:
        return " ".join(each.line_of_text(lang) for each in self.findings)


@dataclass(slots=True)
class Findings:
    """Collects what is found; at most `most`, since a broken file may have a fault in every line."""

    rows: list[Finding] = field(default_factory=list)
    most: int = 100

    def add(self, code: str, path: str = "", line: int = 0, **values: object) -> None:
        if len(self.rows) < self.most:
            self.rows.append(Finding(code, path, line, tuple(values.items())))

    @property
    def faults(self) -> list[Finding]:
        return [each for each in self.rows if not each.is_warning]
