"""An empty installation becomes a province's by one command."""

from __future__ import annotations

import re

import pytest
from click.testing import CliRunner

from motcua.cli.install import install
from motcua.core.errors import UserError
from motcua.core.identity.models import Account
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.core.organisations import queries as organisations
from motcua.core.organisations.models import Agency, Officer

pytestmark = pytest.mark.django_db
GIVEN = {
    "--province": "08",
    "--code": "H60",
    "--staff-officer": "nv.001=Nông Thị Hoa",
    "--staff-approver": "nv.002=Lý Văn Chài",
    "--decision": "Quyết định 1/QĐ-UBND",
}


def run(**changed: str) -> tuple[int, str, BaseException | None]:
    given = {**GIVEN, **{f"--{name.replace('_', '-')}": value for name, value in changed.items()}}
    result = CliRunner().invoke(install, [word for pair in given.items() for word in pair])
    return result.exit_code, result.output, result.exception


def test_a_province_stands_with_two_officers_who_check_each_other() -> None:
    code, told, _ = run()
    assert code == 0
    assert len(re.findall(r"[A-Z0-9]{4}-[A-Z0-9]{4}-[A-Z0-9]{4}", told)) == 2
    with acting(SYSTEM):
        communes = Agency.objects.filter(code__startswith="H60.", kind="commune_committee")
        assert communes.count() == len(organisations.units_of("08"))
        assert communes.filter(children__kind="one_stop").count() == communes.count()
        keeper = Officer.objects.get(code="nv.001")
        assert [one.groups for one in organisations.duties(keeper.pk)] == [frozenset({"staff_officer"})]
        assert Account.objects.filter(username__in=["nv.001", "nv.002"]).count() == 2


def test_a_second_run_leaves_what_stands() -> None:
    run()
    with acting(SYSTEM):
        before = Agency.objects.count(), Officer.objects.count(), Account.objects.count()
    code, told, _ = run(staff_officer="nv.009=Người Khác")
    assert code == 0
    assert "as before" in told
    with acting(SYSTEM):
        assert (Agency.objects.count(), Officer.objects.count(), Account.objects.count()) == before


@pytest.mark.parametrize(
    "changed",
    [{"province": "999"}, {"province": "08001"}, {"code": "H55"}, {"province": "19", "code": "H99"}],
)
def test_a_province_that_cannot_be_is_refused(changed: dict[str, str]) -> None:
    assert isinstance(run(**changed)[2], UserError)


def test_the_two_are_named_with_code_and_name() -> None:
    code, told, _ = run(staff_officer="Nông Thị Hoa")
    assert (code, "CODE=NAME" in told) == (2, True)
