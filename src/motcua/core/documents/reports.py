"""The report of a check as a file: PDF/A sealed by the agency that runs the verification."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from importlib.resources import files
from typing import Any

from django.conf import settings

from motcua.core import clock
from motcua.core.documents import paper, signing_keys, trust
from motcua.core.documents.key_stores import key_stores
from motcua.core.organisations.models import Agency, AgencyKind
from motcua.engines import pades
from motcua.engines.text import long_date

_WORDS = {
    "vi": {
        "title": "Báo cáo kiểm tra văn bản",
        "about": "Tệp được kiểm tra",
        "file": "Tên tệp",
        "form": "Dạng",
        "sha256": "SHA-256",
        "size": "Số byte",
        "main_indication": "Kết luận (ETSI TS 119 102-2)",
        "at": "Kiểm tra lúc",
        "signature": "Chữ ký",
        "signer": "Người ký",
        "position": "Chức vụ",
        "organisation": "Cơ quan, tổ chức",
        "signing_time": "Thời điểm ký",
        "proven": "có dấu thời gian chứng minh",
        "claimed": "người ký tự khai",
        "signature_format": "Dạng chữ ký",
        "certificate_today_in_words": "Chứng thư hiện nay",
        "certificate_serial": "Số chứng thư",
        "sub_indication_and_details": "Chi tiết",
        "vouched_by": "Được bảo đảm bởi",
        "note": "Báo cáo cho biết những gì kiểm tra được vào thời điểm nêu trên, với đúng tệp có SHA-256 như trên. "
        "Tệp không được lưu lại.",
    },
    "en": {
        "title": "Verification report",
        "about": "What was checked",
        "file": "File",
        "form": "Form",
        "sha256": "SHA-256",
        "size": "Bytes",
        "main_indication": "Main indication (ETSI TS 119 102-2)",
        "at": "Checked at",
        "signature": "Signature",
        "signer": "Signer",
        "position": "Position",
        "organisation": "Organisation",
        "signing_time": "Signed at",
        "proven": "proven by a time-stamp",
        "claimed": "as the signer claims",
        "signature_format": "Format",
        "certificate_today_in_words": "Certificate today",
        "certificate_serial": "Certificate number",
        "sub_indication_and_details": "Details",
        "vouched_by": "Vouched for by",
        "note": "This report tells what could be found at that moment about the very file with that SHA-256. "
        "The file was not kept.",
    },
}


def verifier() -> Agency:
    """The agency in whose name the installation verifies: the province's committee, else the one at the top."""
    provinces = Agency.objects.filter(kind=AgencyKind.PROVINCE_COMMITTEE)
    agency = provinces.order_by("id").first() or Agency.objects.filter(parent=None).order_by("id").first()
    if agency is None:
        raise LookupError("there is no agency that could seal a report")
    return agency


def sealed(report: dict[str, Any], lang: str) -> bytes:
    """The PDF (PAdES B-LT) of a report as `Finding.to_json` gives it: {"checked_at": ISO, "files": [...]}."""
    agency, words = verifier(), _WORDS["en" if lang == "en" else "vi"]
    checked_at = dt.datetime.fromisoformat(report["checked_at"])
    return sealed_sheet(
        (files(__package__) / "report.typ").read_text("utf-8"),
        {
            "lang": lang,
            "words": words,
            "agency": agency.name,
            "day": long_date(checked_at.date()),
            "files": [_file(one, checked_at, words) for one in report["files"]],
        },
    )


def sealed_sheet(template: str, given: dict[str, Any]) -> bytes:
    """What the installation itself found, set by a typst template and sealed by its verifier (PAdES B-LT)."""
    pdf = paper.setter(str(settings.MOTCUA_FONTS)).render(template, given, created=clock.now())
    return _seal(pdf, verifier())


def _file(one: dict[str, Any], checked_at: dt.datetime, words: dict[str, str]) -> dict[str, Any]:
    facts = [
        (words[name], str(one[name]))
        for name in ("file", "form", "sha256", "size", "main_indication")
        if one[name]
    ]
    facts = [(name, _in_groups(value)) for name, value in facts]
    remarks: Sequence[str] = list(dict.fromkeys([*one["reasons"], *one["warnings"], *one["not_known"]]))
    return {
        "facts": [*facts, (words["at"], f"{checked_at:%H:%M:%S %d/%m/%Y}")],
        "sentence": one["sentence"],
        "signatures": [
            {"title": f"{words['signature']} {place}", "facts": _signature(each, words)}
            for place, each in enumerate(one["signatures"], 1)
        ],
        "remarks": [line for line in remarks if line != one["sentence"]],
    }


def _signature(one: dict[str, Any], words: dict[str, str]) -> list[tuple[str, str]]:
    shown = dict(one)
    if one["signing_time"]:
        at = dt.datetime.fromisoformat(one["signing_time"]).astimezone(clock.now().tzinfo)
        how = words["proven"] if one["signing_time_is_proven"] else words["claimed"]
        shown["signing_time"] = f"{at:%H:%M:%S %d/%m/%Y} ({how})"
    shown["signature_format"] = f"{one['signature_format']} {one['signature_level']}".strip()
    names = (
        *("signer", "position", "organisation", "signing_time", "signature_format", "certificate_serial"),
        *("vouched_by", "certificate_today_in_words", "main_indication", "sub_indication_and_details"),
    )
    return [(words[name], _in_groups(str(shown[name]))) for name in names if shown[name]]


def _in_groups(text: str) -> str:
    """A long run of digits and letters in eights, so that it fits between the rules and can be read aloud."""
    return re.sub(r"[0-9A-Za-z_-]{33,}", lambda run: " ".join(re.findall(".{1,8}", run[0])), text)


def _seal(pdf: bytes, agency: Agency) -> bytes:
    key, house = signing_keys.agency_key(agency), trust.house()
    certificate = signing_keys.certificate_of(key)
    prepared = pades.prepare(pdf, "CoQuan", certificate, chain=signing_keys.chain_of(key), when=clock.now())
    signature = key_stores.get(key.store).sign(key, prepared.to_sign)
    signed = pades.complete(prepared, signature, timestamp=house.time_stamping.stamp)
    return pades.embed_evidence(signed, certificates=house.intermediates, crls=house.revocation_lists())
