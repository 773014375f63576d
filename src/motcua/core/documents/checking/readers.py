"""Checking each form that something signed can have: PDF, XML, container, detached signature, log, credential."""

from __future__ import annotations

import base64
import datetime as dt
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from motcua.core.documents.checking.bounds import TooMuch, bound_pdf, bound_signatures
from motcua.core.documents.checking.bundle import TrustBundle
from motcua.core.documents.checking.findings import Finding, Form, Part, SignatureFinding, Verdict
from motcua.core.documents.checking.judging import of_message, of_pdf, of_xml, verdict_on
from motcua.core.errors import Text
from motcua.engines import asice, cades, pades, sd_jwt, xades
from motcua.engines.merkle import verifier
from motcua.engines.xmldsig import DS, XmlSignatureError, find_signatures, read_xml

_SHOWN = 2000
"""Characters of a signed part that are shown."""
TOO_MUCH = Text(
    "Tệp bung ra quá lớn hoặc mang quá nhiều chữ ký nên không được đọc.",
    "The file unfolds to more than can be read, or bears too many signatures, so it was not.",
)
NOT_SIGNED = Text("Tệp không có chữ ký số.", "The file bears no digital signature.")
ONLY_PARTLY = Text(
    "Chữ ký hợp lệ nhưng chỉ cho một phần của tệp; phần còn lại không ai ký.",
    "The signature holds, but for a part of the file only; nobody signed the rest.",
)
ENCLOSED = "nội dung kèm trong chữ ký"
_WARNINGS = {
    "plain": Text(
        "Chữ ký XML thường: ai ký và ký lúc nào không nằm trong phần được ký.",
        "A plain XML signature: who signed when is not part of what is signed.",
    ),
    "plain CMS": Text(
        "Chữ ký CMS thường: chứng thư của người ký không nằm trong phần được ký.",
        "A plain CMS signature: the signer's certificate is not part of what is signed.",
    ),
    "claims": Text(
        "Thời điểm ký do người ký tự khai, không có dấu thời gian chứng minh.",
        "The time of signing is what the signer claims; no time-stamp proves it.",
    ),
}


def check_pdf(content: bytes, bundle: TrustBundle, now: dt.datetime) -> Finding:
    """A signed PDF (PAdES)."""
    try:
        bound_pdf(content)
        bound_signatures(content, b"/ByteRange")
    except TooMuch:
        return Finding(Verdict.UNKNOWN, TOO_MUCH, form=Form.PDF)
    told = pades.verify(
        content,
        bundle.every_anchor,
        now=now,
        certificates=[*bundle.intermediates, *bundle.listed.certificates],
        crls=bundle.crls,
        ocsps=bundle.ocsps,
        trust=bundle,
    )
    signatures = tuple(of_pdf(one, bundle, now) for one in told.signatures)
    reasons = tuple(Text(one.text("vi"), one.text("en")) for one in told.reasons)
    if not signatures:
        unread = {pades.Reason.NOT_A_PDF, pades.Reason.UNSIGNED}
        verdict = Verdict.UNKNOWN if set(told.reasons) <= unread else Verdict.ALTERED
        return Finding(verdict, reasons[0], reasons=reasons, form=Form.PDF)
    verdict, message = verdict_on(signatures)
    if verdict.holds and not told.valid:
        verdict, message = Verdict.ALTERED, _said(pades.Reason.ALTERED)
    return Finding(
        verdict, message, signatures, reasons=_once(signatures), form=Form.PDF, warnings=_unproven(signatures)
    )


def check_xml(content: bytes, files: Mapping[str, bytes], bundle: TrustBundle, now: dt.datetime) -> Finding:
    """A signed XML document (XAdES, XML Signature), or a signature over files beside it."""
    try:
        bound_signatures(content, b"SignatureValue", times=2)  # a tag opens and closes
    except TooMuch:
        return Finding(Verdict.UNKNOWN, TOO_MUCH, form=Form.XML)
    reports = xades.verify_document(content, bundle, now=now, evidence=bundle.evidence, contents=files)
    if not reports:
        return _not_xml(content)
    signatures = tuple(of_xml(one, bundle, now) for one in reports)
    parts = tuple(
        Part(unquote(one.uri), len(one.content), "" if one.element is None else _readable(one.content))
        for report in reports
        for one in report.parts
    )
    verdict, message = verdict_on(signatures)
    whole = any(report.covers_document for report in reports)
    over_files = bool(parts) and all(one.element is None for report in reports for one in report.parts)
    over_files = over_files and _only_holds_signatures(content)
    partly = not whole and not over_files
    if verdict.holds and partly:
        verdict, message = Verdict.UNPROVEN, ONLY_PARTLY
    return Finding(
        verdict,
        message,
        signatures,
        reasons=_once(signatures),
        form=Form.XML,
        parts=() if whole else parts,
        partly=partly and bool(parts),
        warnings=(*_unproven(signatures), *_told(w for one in reports for w in one.warnings)),
    )


def check_container(content: bytes, bundle: TrustBundle, now: dt.datetime) -> Finding:
    """An ASiC-E or ASiC-S container, those of message exchanges included."""
    told = asice.verify_container(content, bundle, now=now, evidence=bundle.evidence)
    signatures = tuple(
        of_message(one, bundle, now) if isinstance(one, cades.CadesReport) else of_xml(one, bundle, now)
        for one in told.signatures
    )
    parts = (*(Part(name) for name in told.files), *(Part(name) for name in told.absent))
    warnings = (*_unproven(signatures), *_told(told.warnings))
    if told.absent:
        names = ", ".join(told.absent)
        warnings += (
            Text(f"Được ký nhưng không kèm trong gói: {names}.", f"Signed but not kept here: {names}."),
        )
    if told.reason is not None:
        message = Text(told.reason.text("vi"), told.reason.text("en"))
        unread = told.reason in (asice.Reason.NOT_A_CONTAINER, asice.Reason.UNSIGNED)
        verdict = Verdict.UNKNOWN if unread else Verdict.ALTERED
        if told.reason in (asice.Reason.NOT_TRUSTED, asice.Reason.INVALID_TIME_STAMP) and signatures:
            verdict, message = verdict_on(signatures)
        elif told.reason in (asice.Reason.NOT_TRUSTED, asice.Reason.INVALID_TIME_STAMP):
            verdict = Verdict.UNPROVEN
        if verdict.holds:
            verdict, message = Verdict.ALTERED, Text(told.reason.text("vi"), told.reason.text("en"))
        reasons = (message, Text(f"Mã: {told.reason.code}", f"Code: {told.reason.code}"))
        return Finding(
            verdict, message, signatures, reasons=reasons, form=Form.CONTAINER, parts=parts, warnings=warnings
        )
    if not signatures and told.stamped_at:
        at = told.stamped_at.astimezone(now.tzinfo)
        message = Text(
            f"Dấu thời gian hợp lệ: các tệp trong gói đã có vào lúc {at:%H:%M ngày %d/%m/%Y} và không đổi từ đó. "
            "Gói không cho biết ai làm ra chúng.",
            f"The time-stamp is valid: the files were there at {at:%H:%M on %d/%m/%Y} and are unchanged. "
            "The container does not say who made them.",
        )
        return Finding(Verdict.NOT_OURS, message, form=Form.CONTAINER, parts=parts, warnings=warnings)
    verdict, message = verdict_on(signatures)
    return Finding(
        verdict,
        message,
        signatures,
        reasons=_once(signatures),
        form=Form.CONTAINER,
        parts=parts,
        warnings=warnings,
    )


def check_message(
    content: bytes, files: Mapping[str, bytes], bundle: TrustBundle, now: dt.datetime
) -> Finding:
    """A CMS signature over one of the files beside it (.p7s), or over what it encloses (.p7m)."""
    reports = cades.verify(content, files, bundle, now=now, evidence=bundle.evidence)
    if not files and any(one.content is None and one.reasons == (xades.Reason.ALTERED,) for one in reports):
        message = Text(
            "Đây là chữ ký rời. Chọn thêm tệp gốc đã ký rồi kiểm tra cùng lúc.",
            "This is a detached signature. Choose the file that was signed too, and check both at once.",
        )
        return Finding(Verdict.UNKNOWN, message, form=Form.DETACHED)
    signatures = tuple(of_message(one, bundle, now) for one in reports)
    broken = [one for one in reports if not one.intact]
    details = tuple(Text(one.finding, one.finding) for one in broken)
    verdict, message = verdict_on(signatures)
    return Finding(
        verdict,
        message,
        signatures if not broken else (),
        reasons=(*_once(signatures), *details),
        form=Form.DETACHED,
        parts=tuple(dict.fromkeys(_signed_by_message(one, files) for one in reports if one.intact)),
        warnings=(*_unproven(signatures), *_told(w for one in reports for w in one.warnings)),
    )


def _signed_by_message(one: cades.CadesReport, files: Mapping[str, bytes]) -> Part:
    if one.content is None:
        return Part(one.file, len(files[one.file]))
    shown = "" if b"\0" in one.content else _readable(one.content)
    return Part(ENCLOSED, len(one.content), shown)


def check_log(content: bytes, form: Form, bundle: TrustBundle) -> Finding:
    """A proof or an export of the public log: signed heads, paths, and the witnesses' cosignatures."""
    key = bundle.log_key or None
    try:
        if form is Form.LOG_EXPORT:
            sth = verifier.check_export(content.decode("utf-8").splitlines(), key=key)
            message = Text(
                f"Bản sao nhật ký đủ {sth['tree_size']} dòng, đúng như nhật ký đã ký.",
                f"The export holds all {sth['tree_size']} entries, as the log signed them.",
            )
            proof: dict[str, Any] = {"sth": sth}
        else:
            proof = json.loads(content)
            if not isinstance(proof, dict) or "leaf_hash" not in proof:
                return Finding(
                    Verdict.UNKNOWN,
                    Text(
                        "Tệp JSON này không phải bằng chứng của nhật ký.", "This JSON is no proof of the log."
                    ),
                )
            found = verifier.check_proof(proof, key=key)
            seen = ", ".join(found["witnesses"])
            message = Text(
                f"Dòng thứ {found['index'] + 1} đứng trong nhật ký có {found['size']} dòng, đúng như nhật ký đã ký"
                + (f"; nhân chứng: {seen}." if seen else "; chưa nhân chứng nào ký xác nhận."),
                f"Entry {found['index']} stands in the signed log of {found['size']}"
                + (f"; seen by {seen}." if seen else "; no witness has cosigned it yet."),
            )
    except verifier.Fault as fault:
        message = Text(
            f"Bằng chứng của nhật ký không đúng: {fault}.", f"The log's proof does not hold: {fault}."
        )
        return Finding(Verdict.ALTERED, message, reasons=(message,), form=form)
    except (ValueError, RecursionError):
        message = Text("Tệp này không đọc được.", "This file cannot be read.")
        return Finding(Verdict.UNKNOWN, message, form=form)
    if key is None:
        unknown = Text(
            "Chưa biết khóa công khai của nhật ký, nên chỉ thấy tệp tự khớp với chính nó.",
            "The log's public key is not known here: the file only agrees with itself.",
        )
        return Finding(Verdict.UNPROVEN, unknown, reasons=(unknown,), form=form, log_proof=proof)
    return Finding(Verdict.VALID, message, form=form, log_proof=proof)


def check_credential(content: bytes) -> Finding:
    """A credential of a wallet: recognised; it is proven by showing it, not by handing the file on."""
    try:
        _, claims = _unverified(content)
        issuer, kind = str(claims.get("iss", "")), str(claims.get("vct", ""))
    except (sd_jwt.SdJwtError, ValueError, TypeError, AttributeError):
        return Finding(Verdict.UNKNOWN, Text("Tệp này không đọc được.", "This file cannot be read."))
    message = Text(
        f"Đây là giấy tờ điện tử trong ví ({kind or 'không rõ loại'}), ghi nơi cấp là {issuer or 'không rõ'}. "
        "Tệp sao lại không chứng minh ai đang giữ nó: hãy yêu cầu người giữ xuất trình từ ví bằng mã QR.",
        f"This is a wallet credential ({kind or 'of no known kind'}) that names {issuer or 'nobody'} as issuer. "
        "A copy does not prove who holds it: ask the holder to show it from the wallet by QR code.",
    )
    return Finding(Verdict.UNPROVEN, message, form=Form.CREDENTIAL)


def _unverified(content: bytes) -> tuple[dict[str, Any], dict[str, Any]]:
    token = content.decode("ascii").strip().split("~", 1)[0]
    header, payload, _ = token.split(".")
    return tuple(
        json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))) for part in (header, payload)
    )


def _only_holds_signatures(content: bytes) -> bool:
    """Whether nothing stands around the signatures that a reader could take for signed."""
    root = read_xml(content)
    if root.tag == f"{{{DS}}}Signature":
        return True
    bare = not (root.text or "").strip() and all(not (each.tail or "").strip() for each in root)
    return bare and all(each.tag == f"{{{DS}}}Signature" for each in root)


def _not_xml(content: bytes) -> Finding:
    try:
        signatures = list(find_signatures(read_xml(content)))
    except XmlSignatureError as error:
        reason = Text(
            "Tệp XML này không đọc được hoặc không an toàn để đọc.", f"This XML cannot be read: {error}"
        )
        return Finding(Verdict.UNKNOWN, reason, reasons=(reason,), form=Form.XML)
    return Finding(Verdict.ALTERED if signatures else Verdict.UNKNOWN, NOT_SIGNED, form=Form.XML)


def _said(reason: pades.Reason | xades.Reason) -> Text:
    return Text(reason.text("vi"), reason.text("en"))


def _once(signatures: tuple[SignatureFinding, ...]) -> tuple[Text, ...]:
    return tuple(dict.fromkeys(reason for one in signatures for reason in one.reasons))


def _unproven(signatures: tuple[SignatureFinding, ...]) -> tuple[Text, ...]:
    claimed = any(one.valid and not one.at_is_proven for one in signatures)
    return (_WARNINGS["claims"],) if claimed else ()


def _told(warnings: Any) -> tuple[Text, ...]:
    """The engines' remarks for experts, each in the reader's words where there are some."""
    words = {"a plain XML": _WARNINGS["plain"], "a plain CMS": _WARNINGS["plain CMS"]}
    return tuple(dict.fromkeys(words.get(one[:11], Text(one, one)) for one in warnings))


def _readable(content: bytes) -> str:
    text = content.decode("utf-8", "replace")
    return text[:_SHOWN] + ("…" if len(text) > _SHOWN else "")
