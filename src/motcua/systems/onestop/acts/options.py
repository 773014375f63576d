"""What an act's page offers to choose from."""

from __future__ import annotations

from motcua.core.cases.policies import AGAIN_BECAUSE
from motcua.core.cases.queries import CaseView
from motcua.core.errors import Text
from motcua.core.organisations import queries as organisations
from motcua.core.organisations.models import AgencyKind
from motcua.core.services import queries as services
from motcua.core.services.pack import finding
from motcua.systems.onestop.acts.shape import Options


def paper_options(case: CaseView, lang: str) -> Options:
    """The papers that this case's facts call for: (id, name)."""
    pack = services.pack(case.service_version_id)
    facts = pack.facts(
        case.answers,
        finding.from_json(case.found),
        applicant=case.applicant,
        received=case.received_at,
        extra=case.facts,
    )
    return [(paper.id, paper.name) for paper in pack.papers(facts, None, lang)]


def grounds(case: CaseView, lang: str) -> Options:
    return [(key, texts[1 if lang == "en" else 0]) for key, texts in AGAIN_BECAUSE.items()]


def agencies(case: CaseView, lang: str) -> Options:
    """Where a case may be handed: committees and departments of the province it is handled in."""
    here = organisations.agency(case.handling_agency_id)
    kinds = (AgencyKind.COMMUNE_COMMITTEE, AgencyKind.DEPARTMENT)
    rows = organisations.agencies(province_code=here.province_code).filter(kind__in=kinds).exclude(pk=here.pk)
    return [(str(pk), name) for pk, name in rows.values_list("pk", "name")]


def ways(case: CaseView, lang: str) -> Options:
    ways = {
        "electronic": Text(
            "Bản điện tử, vào kho dữ liệu của người nộp", "Electronically, into the person's vault"
        ),
        "counter": Text("Trao bản giấy tại quầy", "A paper copy, handed over at the counter"),
    }
    return [(key, words.text(lang)) for key, words in ways.items()]


def number_states(case: CaseView, lang: str) -> Options:
    states = {
        "issued": Text("Không trùng: ghi số đã được cấp", "No duplicate: enter the number that was issued"),
        "refused": Text(
            "Đúng là trùng hoặc không được cấp: khép yêu cầu", "A duplicate, or refused: close the request"
        ),
    }
    return [(key, words.text(lang)) for key, words in states.items()]
