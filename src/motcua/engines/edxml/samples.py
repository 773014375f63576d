"""A document and keys for tests and benches, made here: nothing of anybody's real correspondence."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from motcua.engines import xmldsig
from motcua.engines.edxml.attachments import pack
from motcua.engines.edxml.model import (
    Business,
    Code,
    Document,
    DocumentType,
    Header,
    Organ,
    OtherInfo,
    Promulgation,
    ResponseFor,
    SignerInfo,
    Staff,
    Status,
    StatusHeader,
    Trace,
    TraceHeader,
)

WARD = Organ(
    "H55.237", "", "Ủy ban nhân dân phường Phan Đình Phùng", "Phường Phan Đình Phùng, tỉnh Thái Nguyên"
)
DEPARTMENT = Organ("H55.03", "", "Sở Tư pháp", "Tỉnh Thái Nguyên")


def document(content: bytes = b"%PDF-1.7 noi dung", receivers: tuple[Organ, ...] = (DEPARTMENT,)) -> Document:
    """A letter of a ward, with one attachment."""
    return Document(
        Header(
            WARD,
            receivers,
            "H55.237,2026/11/20,15/UBND-TP",
            Code("15", "UBND-TP"),
            Promulgation("Phan Đình Phùng", "2026/11/20"),
            DocumentType("1", "0", "Công văn"),
            "V/v đề nghị xác minh thông tin hộ tịch",
            "Đề nghị xác minh thông tin hộ tịch",
            SignerInfo("TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH", "Nguyễn Thị Hương"),
            to_places=("Như trên", "Lưu: VT"),
            other=OtherInfo("0", typer="NTH", amount="1", pages="1"),
            steering="1",
        ),
        Trace(
            (TraceHeader("H55.237", "2026/11/20 09:00:00"),),
            Business(
                "H55.237,2026/11/20,15/UBND-TP",
                "0",
                "Văn bản điện tử mới",
                "0",
                Staff("Văn thư", "Lê Thị Lan"),
            ),
        ),
        attachments=(pack("15-ubnd-tp.pdf", content, content_id="cid:1"),),
    )


def status(code: str = "01", about: str = "H55.237,2026/11/20,15/UBND-TP") -> Status:
    """What a department answers."""
    answer = ResponseFor("H55.237", "15/UBND-TP", "2026/11/20", about)
    return Status(
        StatusHeader(
            DEPARTMENT, answer, Staff("Văn thư", "Trần Văn Sơn"), code, "Đã đến", "2026/11/20 09:05:00"
        )
    )


@lru_cache
def signer(name: str, code: str, kind: str = "ec") -> xmldsig.Signer:
    """A seal with a certificate that it signed itself."""
    key = (
        ec.generate_private_key(ec.SECP256R1())
        if kind == "ec"
        else rsa.generate_private_key(public_exponent=65537, key_size=2048)
    )
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, name),
            x509.NameAttribute(NameOID.ORGANIZATION_IDENTIFIER, f"GOVVN-{code}"),
            x509.NameAttribute(NameOID.COMMON_NAME, name),
        ]
    )
    begins = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + dt.timedelta(days=1000))
        .sign(key, hashes.SHA256())
    )
    return xmldsig.signer_for(certificate, key)
