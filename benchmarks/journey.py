"""A journey: an application of two pages with ten questions each, from the first page to the confirmation.

Nine requests of one signed-in person, in this process through the whole middleware (session, account and actor,
row security, access policy, CSRF, language): what will be looked up; beginning, which asks the population register;
each page shown and posted; the last look; the submission, which makes case, number, task, event and jobs in one
transaction; the confirmation. `cpu_ms` is CPU of this process per journey, the median of five rounds; the database's
own is not in it. Every answer is checked, and cases are counted at the end: a journey that made no case fails.
"""

from __future__ import annotations

import json
import re
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import yaml

from benchmarks import _cases_ground as grounds
from benchmarks.yardstick import yardstick

ROUNDS = 5
JOURNEYS = 12
SLUG = "chuyen-di-hai-trang"
PERSON = "019195001234"
FIELDS = {
    "one": {
        "child.name": "Trần Ngọc Minh Châu", "child.sex": "Nữ", "child.born": "15/11/2026",
        "child.birth_place": "Bệnh viện A Thái Nguyên", "child.ethnicity": "Kinh", "child.home_place": "Thái Nguyên",
        "relation": "mother", "mother.number": PERSON, "mother.name": "Nguyễn Thị Lan Anh", "mother.born": "8/3/1995",
    },
    "two": {
        "mother.ethnicity": "Kinh", "mother.nationality": "Việt Nam", "mother.residence_text": "Số 12, Hoàng Văn Thụ",
        "father.number": "019093005678", "father.name": "Trần Minh Đức", "father.born": "20/11/1993",
        "father.ethnicity": "Kinh", "father.nationality": "Việt Nam", "father.residence_text": "Số 12, Hoàng Văn Thụ",
        "copies": "0",
    },
}  # fmt: skip
DAYS = {"child.born", "mother.born", "father.born"}


def run() -> dict[str, float]:
    """cpu_ms of a journey, requests in it, cpu_ms_per_request, yardstick_ms."""
    return grounds.in_another_process("benchmarks.journey")


def main() -> None:
    grounds.settle()
    grounds.prepare()
    _bring_service()
    traveller = _Traveller()
    for _ in range(3):
        traveller.travel()
    costs, before = [], _cases()
    for _ in range(ROUNDS):
        begun = time.process_time()
        for _ in range(JOURNEYS):
            traveller.travel()
        costs.append((time.process_time() - begun) * 1000 / JOURNEYS)
    made = _cases() - before
    if made != ROUNDS * JOURNEYS:
        raise RuntimeError(f"{ROUNDS * JOURNEYS} journeys made {made} cases")
    cpu = statistics.median(costs)
    figures = {
        "cpu_ms": round(cpu, 2),
        "requests": traveller.requests,
        "cpu_ms_per_request": round(cpu / traveller.requests, 2),
        "yardstick_ms": round(yardstick(), 2),
    }
    print(json.dumps(figures))


class _Traveller:
    """Somebody signed in, who fills in the form again and again."""

    def __init__(self) -> None:
        from django.test import Client

        from motcua.core.identity.models import Account
        from motcua.core.ledger.actor import SYSTEM
        from motcua.core.ledger.scope import acting

        self.client = Client(enforce_csrf_checks=True, HTTP_HOST="127.0.0.1", HTTP_ACCEPT_LANGUAGE="vi")
        with acting(SYSTEM):
            key = grounds.sign_in(Account.objects.get(username=PERSON))
        self.client.cookies["phien"] = key
        self.requests = 0

    def travel(self) -> None:
        """One journey; raises when a page is not what it should be."""
        self.requests = 0
        self._get(f"/thu-tuc/{SLUG}/nop/")
        first = self._post(f"/thu-tuc/{SLUG}/nop/", {})
        draft = re.fullmatch(r"/don/([0-9a-f-]{36})/trang/one/", first)
        if draft is None:
            raise RuntimeError(f"the first page is {first}")
        self._get(first)
        second = self._post(first, _posted("one"))
        self._get(second)
        last = self._post(second, _posted("two"))
        self._get(last)
        self._get(self._post(last, {}))

    def _get(self, path: str) -> None:
        self.requests += 1
        answer = self.client.get(path)
        if answer.status_code != 200:
            raise RuntimeError(f"GET {path}: {answer.status_code}")

    def _post(self, path: str, fields: dict[str, str]) -> str:
        self.requests += 1
        token = self.client.cookies["csrftoken"].value
        posted = urlencode(
            {**fields, "csrfmiddlewaretoken": token}
        )  # a page without files, as browsers send it
        answer = self.client.post(path, posted, content_type="application/x-www-form-urlencoded")
        if answer.status_code != 303:
            raise RuntimeError(f"POST {path}: {answer.status_code}\n{answer.content.decode()[:2000]}")
        return str(answer["Location"])


def _posted(page: str) -> dict[str, str]:
    """The fields of a page as a browser posts them; a day in three boxes."""
    posted: dict[str, str] = {}
    for name, value in FIELDS[page].items():
        if name in DAYS:
            posted |= {
                f"{name}-{part}": one
                for part, one in zip(("day", "month", "year"), value.split("/"), strict=True)
            }
        else:
            posted[name] = value
    return posted


def _cases() -> int:
    from motcua.core.cases.models import Case
    from motcua.core.ledger.actor import SYSTEM
    from motcua.core.ledger.scope import acting

    with acting(SYSTEM):
        return Case.objects.filter(service_code__startswith="9.").count()


def _bring_service() -> None:
    """The birth registration with nothing found but who applies, its form laid out on two pages of ten questions."""
    from motcua.core import clock
    from motcua.core.errors import NotFound
    from motcua.core.ledger.actor import SYSTEM
    from motcua.core.ledger.scope import acting
    from motcua.core.services import actions, queries

    with acting(SYSTEM):
        try:
            queries.current(SLUG, clock.today())
        except NotFound:
            with tempfile.TemporaryDirectory() as folder:
                _write_pack(Path(folder))
                actions.publish(SYSTEM, actions.import_pack(SYSTEM, Path(folder)))
            queries.forget()


def _write_pack(folder: Path) -> None:
    source = Path(__file__).parents[1] / "services" / grounds.SLUG
    for file in source.rglob("*"):
        if file.is_file() and "cases" not in file.parts:
            target = folder / file.relative_to(source)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(file.read_bytes())
    service: dict[str, Any] = yaml.safe_load((source / "service.yaml").read_text("utf-8"))
    service |= {
        "code": "9.000001",
        "slug": SLUG,
        "prefill": [{"path": "me", "from": "population.person(applicant.number)"}],
        "papers": [],
        "fees": [],
    }
    service["authority"]["competent"] = "me.residence_unit"
    (folder / "service.yaml").write_text(
        json.dumps(service, ensure_ascii=False, default=str, indent=1), "utf-8"
    )
    form = json.loads((source / "form.json").read_text("utf-8"))
    asked = {one["key"]: one for one in form["components"]}
    form["components"] = [
        _plain(asked[name], page if place == 0 else "")
        for page, names in FIELDS.items()
        for place, name in enumerate(names)
    ]
    (folder / "form.json").write_text(json.dumps(form, ensure_ascii=False), "utf-8")


def _plain(component: dict[str, Any], page: str) -> dict[str, Any]:
    """A question that is always asked; `page` begins one."""
    plain = {key: value for key, value in component.items() if key != "conditional"}
    properties = {
        key: value
        for key, value in component.get("properties", {}).items()
        if key not in ("motcua:prefill", "motcua:page", "motcua:page-id", "motcua:page-hint")
    }
    if page:
        properties |= {
            "motcua:page": "page.child" if page == "one" else "page.parents",
            "motcua:page-id": page,
        }
    plain["properties"] = properties
    return plain


if __name__ == "__main__":
    main()
