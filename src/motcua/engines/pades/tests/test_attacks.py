"""Those who tamper with a signed PDF: shadow attacks, incremental updates, wrapped signatures."""

# mypy: disable-error-code="no-untyped-call"

import datetime as dt
import logging
import re
from collections.abc import Callable, Iterator
from io import BytesIO

import pytest
import typst
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name, pdf_string
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from motcua.engines.pades import (
    Level,
    Reason,
    Today,
    Verdict,
    archive,
    complete,
    embed_evidence,
    prepare,
    verify,
)
from motcua.engines.pades.revision import dictionary
from motcua.engines.pki import sign_with
from motcua.engines.pki.tests.house import NOW, House

DAY = dt.timedelta(days=1)
LATER = NOW + dt.timedelta(minutes=5)
Update = Callable[[IncrementalPdfFileWriter], None]


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    logging.disable(logging.WARNING)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture(scope="module")
def house() -> House:
    return House()


def updated(pdf: bytes, change: Update) -> bytes:
    """`pdf` with one more revision."""
    writer = IncrementalPdfFileWriter(BytesIO(pdf), strict=False)
    change(writer)
    output = BytesIO()
    writer.write(output)
    return output.getvalue()


def signed(pdf: bytes, house: House, level: Level = Level.B_T, field: str = "officer") -> bytes:
    prepared = prepare(pdf, field, house.officer, when=NOW, chain=house.chain)
    stamp = None if level is Level.B_B else house.tsa.stamp
    made = complete(prepared, sign_with(house.officer_key, prepared.to_sign), timestamp=stamp)
    if level in (Level.B_B, Level.B_T):
        return made
    made = embed_evidence(made, certificates=house.chain, ocsps=house.ocsps(NOW))
    return archive(made, house.tsa.stamp, field="archive") if level is Level.B_LTA else made


def judge(pdf: bytes, house: House, now: dt.datetime = LATER, *, fresh: bool = True) -> Verdict:
    return verify(pdf, [house.root.certificate], now=now, crls=house.crls(now) if fresh else ())


def overlay(writer: IncrementalPdfFileWriter) -> None:
    """Prepared before signing: a white box, a second page of content that nobody sees, and a text field."""
    page, _ = writer.find_page_for_modification(0)
    hidden = generic.StreamObject(stream_data=b"BT (Duoc cap 100 ha dat) Tj ET")
    box = dictionary(
        Type=pdf_name("/Annot"),
        Subtype=pdf_name("/Square"),
        Rect=generic.ArrayObject([generic.NumberObject(each) for each in (0, 0, 300, 300)]),
        F=generic.NumberObject(4),
    )
    field = dictionary(
        Type=pdf_name("/Annot"),
        Subtype=pdf_name("/Widget"),
        FT=pdf_name("/Tx"),
        T=pdf_string("amount"),
        V=pdf_string("100"),
        Rect=generic.ArrayObject([generic.NumberObject(each) for each in (0, 0, 90, 20)]),
    )
    annotations = [writer.add_object(each) for each in (box, field)]
    page.get_object()["/Annots"] = generic.ArrayObject(annotations)
    page.get_object()["/Shadow"] = writer.add_object(hidden)
    writer.update_container(page.get_object())
    form = dictionary(Fields=generic.ArrayObject([annotations[1]]))
    writer.root["/AcroForm"] = writer.add_object(form)
    writer.update_root()


@pytest.fixture(scope="module")
def document() -> bytes:
    made = typst.compile("= Quyết định".encode(), format="pdf", pdf_standards=["a-2b"], timestamp=1795000000)
    assert isinstance(made, bytes)
    return updated(made, overlay)


@pytest.fixture(scope="module")
def result(document: bytes, house: House) -> bytes:
    return signed(document, house)


def _page(writer: IncrementalPdfFileWriter) -> generic.DictionaryObject:
    page, _ = writer.find_page_for_modification(0)
    found: generic.DictionaryObject = page.get_object()
    return found


def hide_the_box(writer: IncrementalPdfFileWriter) -> None:
    box = _page(writer)["/Annots"][0]
    box["/F"] = generic.NumberObject(2)
    writer.update_container(box)


def remove_the_box(writer: IncrementalPdfFileWriter) -> None:
    page = _page(writer)
    annotations = page["/Annots"]
    del annotations[0]
    writer.update_container(annotations)
    writer.update_container(page)


def show_the_shadow(writer: IncrementalPdfFileWriter) -> None:
    page = _page(writer)
    page["/Contents"] = page.raw_get("/Shadow")
    writer.update_container(page)


def replace_the_content(writer: IncrementalPdfFileWriter) -> None:
    page = _page(writer)
    page["/Contents"] = writer.add_object(generic.StreamObject(stream_data=b"BT (100 000 ha) Tj ET"))
    writer.update_container(page)


def replace_a_font(writer: IncrementalPdfFileWriter) -> None:
    fonts = _page(writer)["/Resources"]["/Font"]
    name = next(iter(fonts))
    fonts[name] = writer.add_object(
        dictionary(Type=pdf_name("/Font"), Subtype=pdf_name("/Type1"), BaseFont=pdf_name("/Symbol"))
    )
    writer.update_container(fonts)


def exchange_all_pages(writer: IncrementalPdfFileWriter) -> None:
    blank = dictionary(
        Type=pdf_name("/Page"),
        MediaBox=generic.ArrayObject([generic.NumberObject(each) for each in (0, 0, 100, 100)]),
    )
    writer.root["/Pages"] = writer.add_object(
        dictionary(
            Type=pdf_name("/Pages"),
            Kids=generic.ArrayObject([writer.add_object(blank)]),
            Count=generic.NumberObject(1),
        )
    )
    writer.update_root()


def add_a_note(writer: IncrementalPdfFileWriter) -> None:
    page = _page(writer)
    note = dictionary(
        Type=pdf_name("/Annot"),
        Subtype=pdf_name("/FreeText"),
        Contents=pdf_string("Đã hủy"),
        DA=pdf_string("/Helv 12 Tf"),
        Rect=generic.ArrayObject([generic.NumberObject(each) for each in (0, 0, 300, 300)]),
    )
    page["/Annots"].append(writer.add_object(note))
    writer.update_container(page["/Annots"])
    writer.update_container(page)


def fill_the_field(writer: IncrementalPdfFileWriter) -> None:
    field = _page(writer)["/Annots"][1]
    field["/V"] = pdf_string("100000")
    writer.update_container(field)


def run_on_opening(writer: IncrementalPdfFileWriter) -> None:
    script = dictionary(S=pdf_name("/JavaScript"), JS=pdf_string("app.alert(1)"))
    writer.root["/OpenAction"] = writer.add_object(script)
    writer.update_root()


ATTACKS: list[Update] = [
    hide_the_box,
    remove_the_box,
    show_the_shadow,
    replace_the_content,
    replace_a_font,
    exchange_all_pages,
    add_a_note,
    fill_the_field,
    run_on_opening,
]


def test_the_document_itself_is_valid(result: bytes, house: House) -> None:
    assert judge(result, house).valid


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_later_revision_changes_what_was_signed(result: bytes, house: House, attack: Update) -> None:
    """Shadow attacks (hide, replace, hide and replace) and plain additions: the last word is not the attacker's."""
    verdict = judge(updated(result, attack), house)
    assert not verdict.valid
    assert verdict.changed_after_signing
    assert Reason.ALTERED in verdict.reasons
    assert "thay đổi" in Reason.ALTERED.text()


@pytest.mark.parametrize("attack", ATTACKS)
def test_neither_does_one_below_the_next_signature(result: bytes, house: House, attack: Update) -> None:
    sealed = signed(updated(result, attack), house, field="seal")
    verdict = judge(sealed, house)
    assert not verdict.valid
    assert [each.covers_whole_document for each in verdict.signatures] == [False, True]


@pytest.mark.parametrize("attack", [show_the_shadow, exchange_all_pages, fill_the_field])
def test_an_archive_time_stamp_does_not_bless_a_change(result: bytes, house: House, attack: Update) -> None:
    proven = embed_evidence(updated(result, attack), certificates=house.chain, ocsps=house.ocsps(NOW))
    assert not judge(archive(proven, house.tsa.stamp, field="archive"), house).valid


def _ranges(pdf: bytes) -> re.Match[bytes]:
    found = re.search(rb"/ByteRange\s*\[(\d+) (\d+) (\d+) (\d+)\s*\]", pdf)
    assert found is not None
    return found


def ranged(pdf: bytes, *numbers: int) -> bytes:
    """`pdf` with another byte range, in the same room."""
    found = _ranges(pdf)
    written = b"/ByteRange [" + b" ".join(b"%d" % each for each in numbers) + b"]"
    return pdf[: found.start()] + written.ljust(len(found.group())) + pdf[found.end() :]


def test_a_byte_range_says_neither_more_nor_less(result: bytes, house: House) -> None:
    _, before, second, after = (int(each) for each in _ranges(result).groups())
    tricks = {
        "nothing is covered": (0, 0, 0, 0),
        "only the beginning": (0, before, before, 0),
        "the hole begins earlier": (0, before - 40, second, after),
        "the hole ends later": (0, before, second + 40, after - 40),
        "the first part begins later": (1, before - 1, second, after),
        "more than the file": (0, before, second, after + 999),
        "backwards": (0, before, before - 10, after),
        "three numbers": (0, before, second),
        "five numbers": (0, before, second, after, 0),
    }
    for trick, numbers in tricks.items():
        assert not judge(ranged(result, *numbers), house).valid, trick


def test_a_signature_moved_away_leaves_no_room_for_another_text(result: bytes, house: House) -> None:
    """Wrapping: the signed end of the file is moved, and what lies between is the attacker's."""
    _, before, second, after = (int(each) for each in _ranges(result).groups())
    evil = b"\n1 0 obj\n<</Type /Catalog>>\nendobj\n" + b" " * 200
    moved = result[:second] + evil + result[second:]
    assert not judge(ranged(moved, 0, before, second + len(evil), after), house).valid
    assert not judge(moved, house).valid


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (rb"/ByteRange", rb"/ByteRang_"),
        (rb"/Contents <[0-9a-f]+>", rb"/Contents <>"),
        (rb"/Contents <[0-9a-f]+>", rb"/Contents <00>"),
        (rb"/Contents <[0-9a-f]+>", rb"/Contents null"),
        (rb"/ETSI.CAdES.detached", rb"/ETSI.CAdES.detachee"),
        (rb"/ETSI.CAdES.detached", rb"/adbe.x509.rsa_sha1_"),
        (rb"/Type /Sig", rb"/Type /Sog"),
    ],
)
def test_a_signature_made_unreadable_is_no_signature(
    result: bytes, house: House, old: bytes, new: bytes
) -> None:
    """Universal forgery: readers that skip what they cannot read would show a valid document."""
    spoiled = re.sub(old, new, result, count=1)
    assert spoiled != result
    assert not judge(spoiled, house).valid


def test_a_signature_taken_from_another_document_is_refused(
    document: bytes, result: bytes, house: House
) -> None:
    other = signed(updated(document, fill_the_field), house)
    own, theirs = (re.search(rb"/Contents (<[0-9a-f]+>)", each) for each in (other, result))
    assert own is not None
    assert theirs is not None
    assert not judge(other.replace(own.group(1), theirs.group(1)), house).valid


@pytest.mark.parametrize("level", list(Level))
@pytest.mark.parametrize(
    ("revoked", "known", "valid", "today", "reason"),
    [
        (None, True, True, Today.GOOD, None),
        (NOW + DAY, True, True, Today.REVOKED, Reason.REVOKED_LATER),
        (NOW - DAY, True, False, Today.REVOKED, Reason.REVOKED),
        (NOW - DAY, False, True, Today.UNKNOWN, Reason.AS_OF_EVIDENCE),
    ],
)
def test_the_verdict_and_todays_standing_are_told_side_by_side(
    document: bytes,
    level: Level,
    revoked: dt.datetime | None,
    known: bool,
    valid: bool,
    today: Today,
    reason: Reason | None,
) -> None:
    """The matrix: four levels, revoked after or before the time-stamp, with fresh lists or by the evidence inside.

    Without a time-stamp nothing proves that signing came first; without evidence inside nothing is known offline.
    """
    house = House()
    pdf = signed(document, house, level)
    if revoked is not None:
        house.revoke(house.officer, revoked)
    verdict = judge(pdf, house, NOW + 3 * DAY, fresh=known)
    if (level is Level.B_B and revoked is not None and known) or (
        not known and level in (Level.B_B, Level.B_T)
    ):
        valid, reason = False, Reason.REVOKED if known else Reason.REVOCATION_UNKNOWN
    (signature,) = verdict.signatures
    assert verdict.valid is valid, signature.finding
    assert signature.today is today
    assert signature.reasons == ((reason,) if reason else ())
    assert Today.REVOKED.text() != Today.REVOKED.text("en")
