"""The people of the day: they sign in as anyone would; what only the play must know it reads as the system."""

from __future__ import annotations

import datetime as dt
import time
from pathlib import Path

from django.conf import settings

from motcua.cli.demonstration.person import Person
from motcua.cli.demonstration.stage import Stage
from motcua.core import clock
from motcua.core.cases.models import Case, DecisionRun
from motcua.core.documents.models import Document
from motcua.core.identity.demo import PASSWORD, PERIOD, demo_code
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.core.organisations import queries as organisations
from motcua.core.payments import actions as payments
from motcua.core.payments import queries as money
from motcua.core.payments.gateway import gateways
from motcua.core.payments.models import Attempt
from motcua.core.registers import actions as registers
from motcua.core.registers import queries as register_queries
from motcua.core.registers.data import demo_people
from motcua.core.registers.models import NumberRequest


class Found:
    """What the play must know of a result."""

    def __init__(self, document: Document, personal_number: str) -> None:
        self.uuid, self.code, self.state = document.uuid, document.code, document.state
        self.personal_number = personal_number
        self.pk = document.pk


class People:
    """Everybody of the day, each with a browser that stays open."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.known: dict[str, Person] = {}
        self.folder = Path(settings.MOTCUA_HOME) / "demo"
        self.folder.mkdir(parents=True, exist_ok=True)

    def sign_in(self, who: str) -> Person:
        """The person (a name of demo_people.yaml) or officer (a code), signed in with password and second factor."""
        username = demo_people()["people"].get(who, {}).get("number", who)
        if username in self.known:
            return self.known[username]
        person = Person(self.stage.site, username)
        person.open("/dang-nhap/").press("Đăng nhập", {"login": username, "password": PASSWORD})
        for _ in range(3):
            person.press("Đăng nhập", {"code": demo_code(username)})
            if "/dang-nhap" not in person.url:
                self.known[username] = person
                return person
            time.sleep(PERIOD - time.time() % PERIOD + 0.5)  # a code counts once: wait for the next one
        raise person.lost("signing in does not work")

    def bring_birth_notice(self, mother: str) -> None:
        """The hospital's notice of six days ago reaches the register, if none is open."""
        number = demo_people()["people"][mother]["number"]
        facts = demo_people()
        given = next(one for one in facts["birth_notices"] if one["mother"] == mother)
        with acting(SYSTEM):
            if register_queries.birth_notice(SYSTEM, number, purpose="Trình diễn"):
                return
            born = clock.now() - dt.timedelta(days=given["days_ago"])
            registers.write(
                SYSTEM,
                register_queries.BIRTH_NOTICES,
                f"GCS-{clock.now():%Y%m%d%H%M%S}-{mother}",
                {
                    "mother_number": number,
                    "born_at": born.isoformat(timespec="seconds"),
                    "sex": given["sex"],
                    "weight_g": given["weight_g"],
                    "place": f"{facts['hospital']}, {organisations.unit_label('05443')}",
                    "facility": facts["hospital"],
                    "signed_by": "Trưởng khoa Sản",
                },
                valid_from=born.date(),
            )

    def case_uuid(self, number: str) -> str:
        with acting(SYSTEM):
            return str(Case.objects.values_list("uuid", flat=True).get(number=number))

    def due_of(self, number: str) -> str:
        with acting(SYSTEM):
            due = Case.objects.values_list("due_at", flat=True).get(number=number)
        return f"{due.astimezone(clock.now().tzinfo):%H:%M %d/%m/%Y}" if due else "–"

    def result_of(self, number: str) -> Found:
        """The newest issued result of a case."""
        self.stage.let_work_be_done()
        with acting(SYSTEM):
            case = Case.objects.get(number=number)
            document = (
                Document.objects.filter(case_id=case.pk, kind="result", state="issued")
                .order_by("-id")
                .first()
            )
            if document is None:
                states = list(Document.objects.filter(case_id=case.pk).values_list("kind", "state"))
                raise RuntimeError(f"{number} ({case.business_status_id}) has no issued result: {states}")
            request = NumberRequest.objects.filter(case_id=case.pk).first()
            return Found(document, request.number if request else "")

    def let_number_arrive(self, number: str) -> None:
        """The population database is asked again, as the worker does by itself every few minutes."""
        with acting(SYSTEM):
            case = Case.objects.get(number=number)
            registers.ask_for_number_again(NumberRequest.objects.get(case_id=case.pk).pk)

    def reissued(self, number: str, first: Found) -> Found:
        """The certificate that replaced the first one."""
        second = self.result_of(number)
        with acting(SYSTEM):
            state = Document.objects.values_list("state", flat=True).get(pk=first.pk)
        if second.pk == first.pk or state != "replaced":
            raise RuntimeError(f"{number}: the certificate was not re-issued ({state})")
        return second

    def bank_page(self, number: str) -> str:
        """Where the bank waits for the payer."""
        with acting(SYSTEM):
            attempt = Attempt.objects.filter(reference=self.case_uuid(number)).order_by("-id").first()
            if attempt is None:
                raise RuntimeError(f"{number}: no payment was begun")
            return f"/ngan-hang/{attempt.uuid}/"

    def money_matches(self, moment: dt.datetime) -> str:
        """Import the bank's statement of the day; both lists must be empty."""
        with acting(SYSTEM):
            gateway = gateways.get("sandbox_bank")
            payments.import_statement("sandbox_bank", moment.date(), gateway.statement(moment.date()))
            orphans, unproven = len(money.paid_without_case()), len(money.case_without_money())
        if orphans or unproven:
            raise RuntimeError(f"the money does not match: {orphans} without case, {unproven} without money")
        return "0 khoản thừa, 0 khoản thiếu"

    def refusal_of(self, number: str) -> str:
        """The rule by which the state refused, with its law."""
        with acting(SYSTEM):
            run = DecisionRun.objects.filter(case__number=number).order_by("-id").first()
            if run is None:
                raise RuntimeError(f"{number}: no decision was made")
            reason = str(run.outcome.get("reason_vi", ""))
            return f"{reason} ({run.outcome.get('law', '')})"

    def pension_answers(self) -> dict[str, dict[str, str]]:
        """How an old person wants to be paid."""
        return {"payment": {"payment.method": "cash", "declared": "true"}}
