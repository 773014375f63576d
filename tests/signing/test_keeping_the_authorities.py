"""Those who keep the authorities see what waits, carry files to the root and back, and revoke by two."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import pytest
from click.testing import CliRunner
from django.test import Client

from motcua.cli.authority import authority as command
from motcua.core import clock
from motcua.core.documents import signing_keys, trust
from motcua.core.documents.models import AuthorityRevocation
from motcua.core.identity.models import Account
from motcua.core.identity.testing import sign_in
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.core.organisations.models import Appointment, Position

pytestmark = pytest.mark.django_db
HALVES = ["--passphrase", "nửa của người thứ nhất", "--second", "nửa của người thứ hai"]
PAGE = "/chung-thu/to-chuc/"


@pytest.fixture
def house(tmp_path: Path, settings: object) -> Iterator[trust.House]:
    """A house of its own, whose root may leave."""
    home = Path(str(settings.MOTCUA_HOME))  # type: ignore[attr-defined]
    for part in ("keys", "secrets"):
        if (home / part).exists():
            shutil.copytree(home / part, tmp_path / part, ignore=shutil.ignore_patterns("signing"))
    settings.MOTCUA_HOME = tmp_path  # type: ignore[attr-defined]
    trust.forget_house()
    yield trust.house()
    trust.forget_house()
    clock.move_sandbox_to(None)


@pytest.fixture
def keeper() -> Callable[[int], Client]:
    """Signs in an officer who approves for the authority; another one for another number."""

    def keep(number: int) -> Client:
        with acting(SYSTEM):
            account = Account.objects.filter(officer_id__isnull=False).order_by("id")[number]
            for post in Appointment.objects.filter(officer_id=account.officer_id or 0):
                position = Position.objects.get(pk=post.position_id)
                position.groups = sorted({*position.groups, "certificate_approver"})
                position.save()
        client = Client(headers={"accept-language": "vi"})
        sign_in(client, account)
        return client

    return keep


def ran(*arguments: str) -> str:
    done = CliRunner().invoke(command, list(arguments))
    assert done.exit_code == 0, (done.output, done.exception)
    return done.output


def test_an_order_goes_to_the_offline_root_and_its_answer_comes_back(
    house: trust.House, keeper: Callable[[int], Client], tmp_path: Path
) -> None:
    sealed, root = tmp_path / "root.sealed", tmp_path / "root.pem"
    ran("take-root-offline", str(sealed), *HALVES)
    shutil.copy(house.trust / "root.pem", root)
    client = keeper(0)
    page = client.get(PAGE).content.decode()
    assert "khóa cất ngoại tuyến" in page
    assert "Không có việc nào" in page
    asked = client.post(f"{PAGE}de-nghi.json")
    (tmp_path / "order.json").write_bytes(asked.content)
    with_files = [str(tmp_path / "order.json"), str(tmp_path / "answer.json"), "--certificate", str(root)]
    keepers = ["--by", "Nguyễn Văn An", "--by", "Trần Thị Bình", "--yes"]
    said = ran("answer", *with_files, "--key", str(sealed), *HALVES, *keepers)
    assert "a list of what it revoked" in said
    before = (house.trust / "root.crl").read_bytes()
    answer = BytesIO((tmp_path / "answer.json").read_bytes())
    answer.name = "answer.json"
    taken = client.post(f"{PAGE}tra-loi/", {"answer": answer}, follow=True)
    assert "Đã nhận câu trả lời của gốc." in taken.content.decode()
    assert (house.trust / "root.crl").read_bytes() != before
    wrong = BytesIO(b"{}")
    wrong.name = "x.json"
    refused = client.post(f"{PAGE}tra-loi/", {"answer": wrong})
    assert refused.status_code == 400
    assert "không phải câu trả lời của gốc" in refused.content.decode()
    assert client.post(f"{PAGE}tra-loi/").status_code == 400
    assert "offline" in ran("show")


def test_two_persons_revoke_an_authority_on_the_page(
    house: trust.House, keeper: Callable[[int], Client]
) -> None:
    one, other = keeper(0), keeper(1)
    place = f"{PAGE}officers/thu-hoi/"
    refused = one.post(place, {"code": "superseded", "reason": "", "since": "hôm qua"})
    assert refused.status_code == 400
    assert "hôm qua" in refused.content.decode(), "what was typed is kept"
    since = f"{clock.now():%d/%m/%Y %H:%M}"
    asked = one.post(place, {"code": "superseded", "reason": "thay máy", "since": since}, follow=True)
    assert "Người thứ hai duyệt" in asked.content.decode()
    row = AuthorityRevocation.objects.get()
    settle = f"{PAGE}thu-hoi/{row.uuid}/"
    assert "người khác duyệt" in one.get(PAGE).content.decode()
    assert one.post(settle, {"act": "approve"}).status_code == 403
    assert trust.house().revoked() == ()
    done = other.post(settle, {"act": "approve"}, follow=True)
    assert "Đã thu hồi." in done.content.decode()
    assert [each.name for each in trust.house().revoked()] == ["officers"]
    assert "Motcua Officers CA 2" in other.get(PAGE).content.decode(), "its next one stands already"
    assert other.post(settle, {"act": "approve"}).status_code == 303, "twice is once"
    english = other.get(f"{PAGE}?lang=en").content.decode()
    assert "What waits for the root" in english
    public = Client().get("/chung-thu/").content.decode()
    assert "Thu hồi lúc" in public


def test_nobody_else_sees_the_keepers_page(house: trust.House) -> None:
    for answer in (Client().get(PAGE), Client().post(f"{PAGE}de-nghi.json")):
        assert answer.status_code in (302, 403), answer.status_code


def test_two_persons_withdraw_the_root_and_its_follower_comes_on_paper(
    house: trust.House, keeper: Callable[[int], Client], tmp_path: Path
) -> None:
    with acting(SYSTEM):
        chair = Appointment.objects.get(position__code="chair", agency__code="H55.237")
        key = signing_keys.enrol_officer(chair.officer_id, chair.agency_id)
    ran("take-root-offline", str(tmp_path / "root.sealed"), *HALVES)
    one, other = keeper(0), keeper(1)
    place = f"{PAGE}root/thu-hoi/"
    assert "cho đến khi có gốc mới" in one.get(place).content.decode()
    one.post(place, {"code": "ca_compromise", "reason": "két bị mở", "since": ""})
    settle = f"{PAGE}thu-hoi/{AuthorityRevocation.objects.get().uuid}/"
    assert "mọi tổ chức và chứng thư bên dưới" in other.get(PAGE).content.decode()
    other.post(settle, {"act": "approve"})
    page = other.get(PAGE).content.decode()
    assert "Lập tổ chức gốc mới (root-2)" in page
    assert "không còn được tin từ" in page
    public = Client().get("/chung-thu/").content.decode()
    assert "chờ gốc mới ký" in public
    assert Client().get("/chung-thu/thong-bao/root.json").status_code == 200
    assert Client().get("/chung-thu/thong-bao/root.p7s").status_code == 404
    (tmp_path / "order.json").write_bytes(one.post(f"{PAGE}de-nghi.json").content)
    sealed = tmp_path / "root-2.sealed"
    keepers = ["--by", "Nguyễn Văn An", "--by", "Trần Thị Bình", "--yes"]
    files = [str(tmp_path / "order.json"), str(tmp_path / "answer.json"), "--key", str(sealed)]
    said = ran("answer", *files, *HALVES, *keepers)
    fingerprint = said.strip().splitlines()[-1]
    assert len(fingerprint.replace(" ", "")) == 64
    for typed, expected in (("", 400), ("1234", 400), (fingerprint, 303)):
        answer = BytesIO((tmp_path / "answer.json").read_bytes())
        answer.name = "answer.json"
        taken = one.post(f"{PAGE}tra-loi/", {"answer": answer, "fingerprint": typed})
        assert taken.status_code == expected, taken.content.decode()
        assert typed in taken.content.decode() or expected == 303, "what was typed is kept"
    assert "Chữ ký của gốc mới" in Client().get("/chung-thu/").content.decode()
    assert Client().get("/chung-thu/thong-bao/root.p7s").status_code == 200
    anew = other.get(f"{PAGE}cap-lai/").content.decode()
    assert key.subject in anew
    assert "Duyệt và cấp 1 chứng thư" in anew
    assert "1 certificates" in CliRunner().invoke(command, ["anew"]).output
    done = other.post(f"{PAGE}cap-lai/", follow=True).content.decode()
    assert "Không ai thiếu chứng thư" in done
    assert "Nobody lacks a certificate" in other.get(f"{PAGE}cap-lai/?lang=en").content.decode()
    assert "0 certificates" in ran("anew")
    shown = ran("show")
    assert "WITHDRAWN" in shown
    assert "root-2" in shown


def test_two_persons_withdraw_the_root_by_command(house: trust.House) -> None:
    asked = ["revoke", "root", "--reason", "két bị mở", "--yes"]
    alone = CliRunner().invoke(command, [*asked, "--by", "Nguyễn Văn An"])
    assert alone.exit_code == 2
    assert "two persons" in alone.output
    two = ["--by", "Nguyễn Văn An", "--by", "Trần Thị Bình"]
    unclear = CliRunner().invoke(command, [*asked, *two, "--since", "hôm qua"])
    assert unclear.exit_code == 2
    assert trust.house().withdrawn == {}
    assert "root is revoked, by Nguyễn Văn An & Trần Thị Bình" in ran(*asked, *two)
    assert trust.house().root_name == "root-2"
    with acting(SYSTEM):
        assert "Trần Thị Bình" in AuthorityRevocation.objects.get().reason


def test_nobody_without_a_post_at_the_authority_issues_anew(house: trust.House) -> None:
    for answer in (Client().get(f"{PAGE}cap-lai/"), Client().post(f"{PAGE}cap-lai/")):
        assert answer.status_code in (302, 403)
