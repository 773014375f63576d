"""Versions, gears and rates by day; a change without a programmer, approved by a second person."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from typing import Any

import pytest
from django.db import Error, connection, transaction

from motcua.core import clock
from motcua.core.errors import Conflict, NotAllowed, NotFound, UserError
from motcua.core.ledger import head_key
from motcua.core.ledger.actor import ANONYMOUS, SYSTEM, Actor
from motcua.core.ledger.models import Event
from motcua.core.ledger.scope import acting
from motcua.core.services import actions, hooks, queries
from motcua.core.services.actions import Change
from motcua.core.services.changes import Kind, editable, expectations, findings
from motcua.core.services.impact import PastCase
from motcua.core.services.models import Rate, ServiceVersion, VersionState
from motcua.core.services.pack import PackError, load, signer_of
from motcua.core.services.tests.conftest import CATALOGUE, files_of

pytestmark = pytest.mark.django_db
EXTRACT, PENSION = "2.000635", "1.014027"


@pytest.fixture(autouse=True)
def _read_anew() -> None:
    queries.forget()


def in_force(slug: str) -> ServiceVersion:
    with acting(SYSTEM):
        return actions.publish(SYSTEM, actions.import_pack(SYSTEM, CATALOGUE / slug))


def another_text_of(slug: str) -> dict[str, str]:
    """The files of a pack with one more text."""
    files = files_of(slug)
    files["texts/vi.yaml"] += "them.mot: 'dòng'\n"
    files["texts/en.yaml"] += "them.mot: 'line'\n"
    return files


def test_a_published_service_is_found_by_code_and_slug() -> None:
    version = in_force("khai-sinh")
    with acting(ANONYMOUS):
        pack = queries.current("khai-sinh", clock.today())
        assert queries.current("1.001193", clock.today()) is pack
    assert pack.version_id == version.pk
    assert pack.name("en") == "Birth registration"


def test_importing_the_same_files_again_makes_no_second_version() -> None:
    with acting(SYSTEM):
        first = actions.import_pack(SYSTEM, CATALOGUE / "khai-sinh")
        assert actions.import_pack(SYSTEM, files_of("khai-sinh")).pk == first.pk


def test_before_its_day_a_service_is_not_in_force() -> None:
    in_force("khai-sinh")
    with acting(ANONYMOUS), pytest.raises(NotFound):
        queries.current("khai-sinh", dt.date(2025, 6, 30))


@pytest.mark.parametrize(
    "text", ["khai sinh", "KHAI SINH CHO CON", "lam giay khai sinh", "birth certif", "1.001193"]
)
def test_search_finds_a_service_by_what_people_call_it_without_accents(text: str) -> None:
    in_force("khai-sinh")
    in_force("tro-cap-huu-tri-xa-hoi")
    with acting(ANONYMOUS):
        assert queries.search(text)[0].code == "1.001193"


def test_search_forgives_a_slip_and_finds_nothing_in_nonsense() -> None:
    in_force("tro-cap-huu-tri-xa-hoi")
    with acting(ANONYMOUS):
        assert [one.code for one in queries.search("luong huu xa hoy")] == [PENSION]
        assert queries.search("zzzz qqqq") == []
        assert queries.search("   ") == []


def test_the_catalogue_is_in_vietnamese_order() -> None:
    for slug in ("tro-cap-huu-tri-xa-hoi", "khai-sinh", "trich-luc-ho-tich"):
        in_force(slug)
    with acting(ANONYMOUS):
        names = [one.name for one in queries.catalogue(clock.today())]
    assert names == ["Cấp bản sao trích lục hộ tịch", "Đăng ký khai sinh", "Trợ cấp hưu trí xã hội"]


def test_a_citizen_neither_imports_nor_sees_a_draft() -> None:
    with acting(SYSTEM):
        version = actions.import_pack(SYSTEM, another_text_of("khai-sinh"))
    with acting(ANONYMOUS):
        with pytest.raises(NotAllowed):
            actions.import_pack(ANONYMOUS, CATALOGUE / "khai-sinh")
        assert not ServiceVersion.objects.filter(pk=version.pk).exists()


def test_row_security_keeps_a_citizen_from_writing() -> None:
    version = in_force("khai-sinh")
    with acting(ANONYMOUS):
        assert ServiceVersion.objects.filter(pk=version.pk).update(note="hacked") == 0


def test_a_published_version_never_changes() -> None:
    version = in_force("khai-sinh")
    changes: tuple[dict[str, Any], ...] = (
        {"files": {}},
        {"digest": "x"},
        {"in_force_from": dt.date(2020, 1, 1)},
    )
    for change in changes:
        with acting(SYSTEM), pytest.raises(Error, match="never changes"), transaction.atomic():
            ServiceVersion.objects.filter(pk=version.pk).update(**change)
    with (
        acting(SYSTEM),
        pytest.raises(Error, match="never removed"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("delete from services_serviceversion where id = %s", [version.pk])


def test_two_versions_are_never_in_force_on_one_day() -> None:
    version = in_force("khai-sinh")
    with acting(SYSTEM), pytest.raises(Error, match="version_one_in_force"), transaction.atomic():
        ServiceVersion.objects.create(
            service=version.service, number=99, digest="x", manifest={}, files={}, state=VersionState.PUBLISHED,
            in_force_from=clock.today(),
        )  # fmt: skip


def test_a_new_version_ends_the_old_one_the_day_before_and_running_cases_keep_theirs() -> None:
    old = in_force("trich-luc-ho-tich")
    files = another_text_of("trich-luc-ho-tich")
    day = clock.today() + dt.timedelta(days=10)
    with acting(SYSTEM):
        new = actions.publish(SYSTEM, actions.import_pack(SYSTEM, files), in_force_from=day)
        assert queries.current(EXTRACT, day - dt.timedelta(days=1)).version_id == old.pk
        assert queries.current(EXTRACT, day).version_id == new.pk
        assert queries.pack(old.pk).text("them.mot") == "them.mot"
        old.refresh_from_db()
    assert old.in_force_until == day - dt.timedelta(days=1)


def test_a_clerk_changes_a_fee_and_a_second_person_puts_it_in_force(editor: Actor, approver: Actor) -> None:
    in_force("trich-luc-ho-tich")
    day = clock.today() + dt.timedelta(days=30)
    change = Change(Kind.FEE, "ho-tich.ban-sao-trich-luc", {"amount": 10000, "source": "Thông tư mới"})
    with acting(editor):
        proposed = actions.propose_change(editor, EXTRACT, [change], day, "Mức thu mới")
        with pytest.raises(NotAllowed, match="second person"):
            actions.approve(editor, proposed)
    with acting(approver):
        assert actions.run_cases(load(proposed.files)).passed, "cases of today still cost what they cost"
        approved = actions.approve(approver, proposed)
        assert approved.in_force_from == day
        assert queries.rate("ho-tich.ban-sao-trich-luc", "19", day) == 10000
        assert queries.rate("ho-tich.ban-sao-trich-luc", "19", day - dt.timedelta(days=1)) == 8000


def test_a_changed_rate_is_a_new_line_and_the_old_one_ends_the_day_before(editor: Actor) -> None:
    old = in_force("trich-luc-ho-tich")
    change = Change(Kind.FEE, "ho-tich.ban-sao-trich-luc", {"amount": 10000, "source": "Thông tư: mới"})
    with acting(editor):
        new = actions.propose_change(editor, EXTRACT, [change], dt.date(2099, 1, 1), "")
    before, after = old.files["service.yaml"].splitlines(), new.files["service.yaml"].splitlines()
    assert [line for line in after if line not in before] == [
        "  in_force_from: '2099-01-01'",
        "    until: '2098-12-31'",
        "  - key: 'ho-tich.ban-sao-trich-luc'",
        "    amount: 10000",
        "    from: '2099-01-01'",
        "    source: 'Thông tư: mới'",
    ]
    assert [line for line in before if line not in after] == ["  in_force_from: 2025-07-01"]
    amounts = [(line["amount"], line.get("until")) for line in new.manifest["rates"][:2]]
    assert amounts == [(8000, "2098-12-31"), (10000, None)]


def test_a_table_whose_cases_expect_the_old_law_waits_until_the_clerk_has_looked_through_them(
    editor: Actor, approver: Actor
) -> None:
    in_force("tro-cap-huu-tri-xa-hoi")
    cells = [
        Change(Kind.CELL, "decisions/eligibility.dmn#from_75/6", ">= 70"),
        Change(Kind.CELL, "decisions/eligibility.dmn#from_70_poor/6", "< 0"),
        Change(Kind.CELL, "decisions/eligibility.dmn#from_70_not_poor/6", "< 0"),
        Change(Kind.CELL, "decisions/eligibility.dmn#too_young/6", "[0..70)"),
    ]
    day = clock.today() + dt.timedelta(days=40)
    with acting(editor):
        first = actions.propose_change(editor, PENSION, cells, day, "75 → 70")
    report = actions.run_cases(load(first.files))
    with acting(approver), pytest.raises(Conflict, match="cases fail"):
        actions.approve(approver, first)
    looked_at = expectations(first.files, report)
    assert Change(Kind.CASE, "cases/day-before-75.yaml#expect.decision.rule", "from_75") in looked_at
    with acting(editor):
        second = actions.propose_change(editor, PENSION, [*cells, *looked_at], day, "75 → 70, cả ca kiểm thử")
    with acting(approver):
        assert actions.approve(approver, second).state == VersionState.PUBLISHED


def test_a_change_whose_cases_pass_is_approved_and_dated(editor: Actor, approver: Actor) -> None:
    in_force("tro-cap-huu-tri-xa-hoi")
    day = clock.today() + dt.timedelta(days=30)
    text = Change(Kind.TEXT, "texts/vi.yaml#payment.method.cash.hint", "Tại nhà văn hóa")
    with acting(editor):
        proposed = actions.propose_change(editor, PENSION, [text], day, "Nơi chi trả mới")
    with acting(approver):
        approved = actions.approve(approver, proposed)
        assert approved.state == VersionState.PUBLISHED
        assert queries.current(PENSION, day).text("payment.method.cash.hint") == "Tại nhà văn hóa"
        assert queries.current(PENSION, clock.today()).text("payment.method.cash.hint") != "Tại nhà văn hóa"
        kinds = set(Event.objects.filter(kind__startswith="service.").values_list("kind", flat=True))
    assert {"service.proposed", "service.approved", "service.published"} <= kinds


def test_a_text_change_leaves_every_other_character_as_it_was(editor: Actor) -> None:
    old = in_force("tro-cap-huu-tri-xa-hoi")
    text = Change(Kind.TEXT, "texts/vi.yaml#elder.name", "Họ tên: người hưởng 'cụ'")
    with acting(editor):
        new = actions.propose_change(editor, PENSION, [text], clock.today(), "")
    before, after = old.files["texts/vi.yaml"].splitlines(), new.files["texts/vi.yaml"].splitlines()
    changed = [(a, b) for a, b in zip(before, after, strict=True) if a != b]
    assert changed == [("elder.name: 'Họ và tên'", "elder.name: 'Họ tên: người hưởng ''cụ'''")]


def test_the_impact_names_last_months_cases_that_a_new_cell_would_have_touched(editor: Actor) -> None:
    in_force("tro-cap-huu-tri-xa-hoi")
    received = clock.now()
    elder = {"number": "1", "nationality": "Việt Nam", "residence_unit": "05443"}

    def cases_of(service_code: str, since: dt.date, until: dt.date) -> list[PastCase]:
        assert service_code == PENSION
        return [
            PastCase(
                "H-1", "u1", "71 tuổi", {"received": received, "elder": {**elder, "born": "1955-06-20"}}
            ),
            PastCase(
                "H-2", "u2", "80 tuổi", {"received": received, "elder": {**elder, "born": "1946-06-20"}}
            ),
        ]

    before = dict(hooks.cases_of_service._listeners)
    hooks.cases_of_service.register(cases_of)
    try:
        cells = [
            Change(Kind.CELL, "decisions/eligibility.dmn#from_75/6", ">= 70"),
            Change(Kind.CELL, "decisions/eligibility.dmn#from_70_poor/6", "< 0"),
            Change(Kind.CELL, "decisions/eligibility.dmn#from_70_not_poor/6", "< 0"),
        ]
        with acting(editor):
            proposed = actions.propose_change(
                editor, PENSION, cells, clock.today() + dt.timedelta(days=40), "75 → 70"
            )
            [touched] = actions.impact(proposed)
    finally:
        hooks.cases_of_service._listeners = before
    assert touched.number == "H-1"
    [difference] = touched.differences
    assert (difference.what, difference.before, difference.after) == (
        "eligibility", "False (from_70_not_poor)", "True (from_75)",
    )  # fmt: skip


def test_a_page_can_offer_every_amount_text_and_cell_and_each_can_be_changed(editor: Actor) -> None:
    version = in_force("tro-cap-huu-tri-xa-hoi")
    offered = {one.target: one for one in editable(version.files)}
    assert offered["huu-tri-xa-hoi.muc-thang"].value == 500000
    assert offered["decisions/eligibility.dmn#from_75/6"].value == ">= 75"
    assert offered["texts/en.yaml#elder.name"].value == "Full name"
    with acting(editor):
        for target, value in (
            ("decisions/eligibility.dmn#from_75/8", "Lý do khác."),
            ("texts/en.yaml#elder.name", "Name"),
        ):
            change = Change(offered[target].kind, target, value)
            new = actions.propose_change(editor, PENSION, [change], clock.today(), "")
            assert {one.target: one.value for one in editable(new.files)}[target] == value


def test_a_gap_that_a_cell_would_tear_is_shown(editor: Actor) -> None:
    version = in_force("tro-cap-huu-tri-xa-hoi")
    assert findings(version.files) == []
    with acting(editor):
        cell = Change(Kind.CELL, "decisions/eligibility.dmn#from_75/6", ">= 80")
        new = actions.propose_change(editor, PENSION, [cell], clock.today(), "")
    assert any("gap" in finding for finding in findings(new.files))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (Change(Kind.FEE, "khong.co", 1), "no rate"),
        (Change(Kind.FEE, "ho-tich.ban-sao-trich-luc", -5), "not negative"),
        (Change(Kind.TEXT, "texts/vi.yaml#khong.co", "x"), "no text"),
        (Change(Kind.TEXT, "texts/vi.yaml#copies", "  "), "empty"),
        (Change(Kind.CELL, "decisions/extract.dmn#khong_co/1", "true"), "no rule"),
        (Change(Kind.CELL, "decisions/extract.dmn#found/1", "((("), "cannot hold"),
        (Change(Kind.CASE, "cases/sunday-night.yaml#given.applicant", "x"), "no expectation"),
    ],
)
def test_a_change_that_makes_no_sense_is_refused_in_words(editor: Actor, change: Change, said: str) -> None:
    in_force("trich-luc-ho-tich")
    with acting(editor), pytest.raises(UserError, match=said):
        actions.propose_change(editor, EXTRACT, [change], clock.today(), "")


def test_nothing_comes_into_force_in_the_past(editor: Actor) -> None:
    in_force("trich-luc-ho-tich")
    change = Change(Kind.TEXT, "texts/vi.yaml#copies", "Bao nhiêu bản")
    with acting(editor), pytest.raises(UserError, match="past"):
        actions.propose_change(editor, EXTRACT, [change], clock.today() - dt.timedelta(days=1), "")


def test_a_rejected_proposal_stays_on_record(editor: Actor, approver: Actor) -> None:
    in_force("trich-luc-ho-tich")
    change = Change(Kind.TEXT, "texts/vi.yaml#copies", "Bao nhiêu bản")
    with acting(editor):
        proposed = actions.propose_change(editor, EXTRACT, [change], clock.today(), "hỏi rõ hơn")
    with acting(approver):
        rejected = actions.reject(approver, proposed, "Chưa cần")
        with pytest.raises(Conflict):
            actions.approve(approver, rejected)
    assert "Chưa cần" in rejected.note


def test_a_rate_holds_from_its_day_and_the_line_before_ends() -> None:
    in_force("trich-luc-ho-tich")
    day = dt.date(2027, 1, 1)
    with acting(SYSTEM):
        actions.set_rate(
            SYSTEM, "ho-tich.ban-sao-trich-luc", None, 12000, valid_from=day, source="Thông tư mới"
        )
        assert queries.rate("ho-tich.ban-sao-trich-luc", "19", dt.date(2026, 12, 31)) == 8000
        assert queries.rate("ho-tich.ban-sao-trich-luc", "19", day) == 12000
        assert queries.rate("khong-co", "19", day) is None
        with pytest.raises(Error, match="rate_one_a_day"), transaction.atomic():
            Rate.objects.create(
                key="ho-tich.ban-sao-trich-luc", amount=1, valid_from=dt.date(2026, 6, 1), source="chồng lấn"
            )


def test_another_packs_older_line_never_brings_an_old_amount_back() -> None:
    in_force("trich-luc-ho-tich")
    in_force("khai-sinh")
    day = clock.today()
    with acting(SYSTEM):
        actions.set_rate(
            SYSTEM, "ho-tich.ban-sao-trich-luc", None, 12000, valid_from=day, source="Thông tư mới"
        )
        actions.publish(SYSTEM, actions.import_pack(SYSTEM, another_text_of("khai-sinh")), in_force_from=day)
        assert queries.rate("ho-tich.ban-sao-trich-luc", "19", day) == 12000


def test_the_installations_rate_prices_a_new_case() -> None:
    in_force("trich-luc-ho-tich")
    with acting(SYSTEM):
        actions.set_rate(
            SYSTEM,
            "ho-tich.ban-sao-trich-luc",
            "19",
            5000,
            valid_from=dt.date(2026, 1, 1),
            source="Nghị quyết tỉnh",
        )
        pack = queries.current(EXTRACT, clock.today())
        facts = pack.facts(
            {"copies": 2}, applicant={"number": "1"}, received=clock.now(), extra={"province": "19"}
        )
        assert [fee.amount for fee in pack.fees(facts)] == [10000]


def test_an_agency_may_run_a_decision_in_another_gear_than_the_rest(approver: Actor) -> None:
    in_force("trich-luc-ho-tich")
    day = clock.today()
    with acting(approver):
        actions.set_gear(approver, EXTRACT, "extract", "propose", agency_id=7, valid_from=day)
        assert queries.gear(EXTRACT, "extract", 7, day).gear == "propose"
        assert queries.gear(EXTRACT, "extract", 8, day).gear == "automatic"
        assert queries.gear(EXTRACT, "extract", 8, day).legal_basis
        with pytest.raises(UserError, match="legal basis"):
            actions.set_gear(approver, EXTRACT, "extract", "automatic", valid_from=day)
        with pytest.raises(UserError, match="no decision"):
            actions.set_gear(approver, EXTRACT, "other", "propose", valid_from=day)


def test_an_editor_does_not_change_gears(editor: Actor) -> None:
    in_force("trich-luc-ho-tich")
    with acting(editor), pytest.raises(NotAllowed):
        actions.set_gear(editor, EXTRACT, "extract", "propose", valid_from=clock.today())


def test_an_exported_version_imports_unchanged_elsewhere() -> None:
    version = in_force("khai-sinh")
    packed = actions.export_zip(version)
    assert load(packed).digest == version.digest
    assert packed == actions.export_zip(version)


def test_an_exported_version_is_signed_and_a_changed_manifest_is_found_out() -> None:
    packed = actions.export_zip(in_force("khai-sinh"))
    assert signer_of(packed) == head_key.key_id()
    changed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(packed)) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            new.writestr(name, data.replace(b"1.001193", b"1.001194") if name == "MANIFEST.json" else data)
    with pytest.raises(PackError, match="changed after signing"):
        load(changed.getvalue())
