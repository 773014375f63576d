"""Signing a one-page document: ours beside pyHanko's own signer, in CPU time of this process.

What is compared: one PAdES B-B signature over the same PDF/A page with the same P-256 key and certificates,
from document bytes to signed bytes. Theirs is `SimpleSigner` as its documentation shows it, loaded once. Keys of
RSA-2048 and RSA-3072 are measured too. B-LT is ours alone: signature, time-stamp made in this process, and evidence
embedded; the OCSP responses are at hand, as a service that signs all day has them.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from statistics import median

import typst
from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko_certvalidator.registry import SimpleCertificateStore

from motcua.engines.pades import complete, embed_evidence, prepare, verify
from motcua.engines.pki import (
    Addresses,
    Authority,
    KeyKind,
    OcspResponder,
    Person,
    PrivateKey,
    Standing,
    TimeStampAuthority,
    der_of,
    generate_key,
    sign_with,
)

ROUNDS = 5
_NOW = dt.datetime(2026, 11, 21, 8, 30, tzinfo=dt.UTC)
_START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
_PAGE = """#set document(title: "Giấy xác nhận", date: datetime(year: 2026, month: 11, day: 21))
#set page(paper: "a4")
= Giấy xác nhận
#for line in range(24) [Ủy ban nhân dân phường xác nhận điều ghi ở dòng #line là đúng với sổ gốc. ]
"""


@dataclass
class _Desk:
    """One officer with all that signing needs."""

    root: x509.Certificate
    issuing: x509.Certificate
    certificate: x509.Certificate
    key: PrivateKey
    tsa: TimeStampAuthority
    ocsps: list[bytes]

    def sign_bb(self, pdf: bytes) -> bytes:
        prepared = prepare(pdf, "officer", self.certificate, when=_NOW, chain=(self.issuing,), stamp_room=0)
        return complete(prepared, sign_with(self.key, prepared.to_sign))

    def sign_blt(self, pdf: bytes) -> bytes:
        prepared = prepare(pdf, "officer", self.certificate, when=_NOW, chain=(self.issuing,))
        signed = complete(prepared, sign_with(self.key, prepared.to_sign), timestamp=self.tsa.stamp)
        return embed_evidence(signed, certificates=(self.issuing,), ocsps=self.ocsps)

    def stock_signer(self) -> Callable[[bytes], bytes]:
        encoded = self.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        store = SimpleCertificateStore()  # type: ignore[no-untyped-call]
        store.register(asn1_x509.Certificate.load(der_of(self.issuing)))
        signer = signers.SimpleSigner(
            signing_cert=asn1_x509.Certificate.load(der_of(self.certificate)),
            signing_key=asn1_keys.PrivateKeyInfo.load(encoded),
            cert_registry=store,
        )
        meta = signers.PdfSignatureMetadata(
            field_name="officer", subfilter=SigSeedSubFilter.PADES, md_algorithm="sha256"
        )

        def sign(pdf: bytes) -> bytes:
            signed = signers.sign_pdf(IncrementalPdfFileWriter(BytesIO(pdf)), meta, signer=signer)
            return bytes(signed.getvalue())

        return sign

    def check(self, signed: bytes) -> None:
        """A signature that does not verify makes the bench worthless: fail it."""
        verdict = verify(signed, [self.root], now=_NOW + dt.timedelta(minutes=1), ocsps=self.ocsps)
        if not verdict.valid:
            raise RuntimeError(f"a signature of the bench is not valid: {verdict}")


def run() -> dict[str, float]:
    """`speedup_over_pyhanko` (B-B, P-256), the same for RSA-2048, and CPU milliseconds a signature."""
    page = typst.compile(
        _PAGE.encode(), format="pdf", pdf_standards=["a-2b"], timestamp=int(_NOW.timestamp())
    )
    if not isinstance(page, bytes):
        raise RuntimeError("the page of the bench was not set")
    p256, rsa = _open_desk(KeyKind.P256), _open_desk(KeyKind.RSA2048)
    long = _open_desk(KeyKind.RSA3072)
    work: dict[str, tuple[_Desk, Callable[[bytes], bytes], int]] = {
        "bb": (p256, p256.sign_bb, 60),
        "stock": (p256, p256.stock_signer(), 8),
        "blt": (p256, p256.sign_blt, 30),
        "rsa_bb": (rsa, rsa.sign_bb, 60),
        "rsa_stock": (rsa, rsa.stock_signer(), 4),
        "rsa_blt": (rsa, rsa.sign_blt, 30),
        "long_bb": (long, long.sign_bb, 30),
        "long_blt": (long, long.sign_blt, 15),
        "long_stock": (long, long.stock_signer(), 2),
    }
    for desk, sign, _ in work.values():
        desk.check(sign(page))
    rounds: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(ROUNDS):
        for name, (_, sign, times) in work.items():
            rounds[name].append(_cpu_ms(sign, page, times))
    return {
        "speedup_over_pyhanko": median(_ratios(rounds["stock"], rounds["bb"])),
        "speedup_over_pyhanko_rsa2048": median(_ratios(rounds["rsa_stock"], rounds["rsa_bb"])),
        "speedup_over_pyhanko_rsa3072": median(_ratios(rounds["long_stock"], rounds["long_bb"])),
        "cpu_ms_bb": median(rounds["bb"]),
        "cpu_ms_bb_rsa2048": median(rounds["rsa_bb"]),
        "cpu_ms_bb_rsa3072": median(rounds["long_bb"]),
        "cpu_ms_blt": median(rounds["blt"]),
        "cpu_ms_blt_rsa2048": median(rounds["rsa_blt"]),
        "cpu_ms_blt_rsa3072": median(rounds["long_blt"]),
        "pyhanko_cpu_ms_bb": median(rounds["stock"]),
    }


def _cpu_ms(sign: Callable[[bytes], bytes], page: bytes, times: int) -> float:
    start = time.process_time()
    for _ in range(times):
        sign(page)
    return (time.process_time() - start) / times * 1000


def _ratios(theirs: list[float], ours: list[float]) -> list[float]:
    return [their / our for their, our in zip(theirs, ours, strict=True)]


def _open_desk(kind: KeyKind) -> _Desk:
    root_key, issuing_key, key, stamp_key, responder_key = (generate_key(kind) for _ in range(5))
    root = Authority.root("Bench Root", root_key, _addresses("root"), start=_START)
    issuing = Authority(
        root.issue_authority("Bench CA", issuing_key.public_key(), start=_START),
        issuing_key,
        _addresses("ca"),
    )
    person = Person("Nguyễn Thị Ánh", "Chủ tịch", "Ủy ban nhân dân phường Ba Đình", "0011223344")
    certificate = issuing.issue_person(person, key.public_key(), start=_START)
    stamp = issuing.issue_time_stamping("Bench TSA", stamp_key.public_key(), start=_START)
    tsa = TimeStampAuthority(
        stamp, (issuing.certificate,), lambda data: sign_with(stamp_key, data), lambda: _NOW
    )
    ocsps = [
        _responder(authority, responder_key).respond_about(subject, _NOW)
        for authority, subject in ((issuing, certificate), (issuing, stamp), (root, issuing.certificate))
    ]
    return _Desk(root.certificate, issuing.certificate, certificate, key, tsa, ocsps)


def _responder(authority: Authority, key: PrivateKey) -> OcspResponder:
    certificate = authority.issue_ocsp_responder("Bench OCSP", key.public_key(), start=_START)
    return OcspResponder(authority.certificate, certificate, key, lambda serial: Standing.GOOD)


def _addresses(name: str) -> Addresses:
    base = f"http://pki.motcua.example/{name}"
    return Addresses(f"{base}.crl", f"{base}/ocsp", f"{base}.cer")
