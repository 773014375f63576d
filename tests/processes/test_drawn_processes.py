"""Three procedures drawn in bpmn-js: drawn the same again, found sound, and run to their ends."""

from __future__ import annotations

from pathlib import Path

import pytest

from motcua.engines import bpmn
from motcua.engines.bpmn.tests.playing import Play
from motcua.engines.working_time import Unit
from tests.processes.designer import FOLDER, NAMES, designer

LAND, COMPLAINT, PERMIT = NAMES


def source(name: str) -> bytes:
    return (FOLDER / f"{name}.bpmn").read_bytes()


def test_the_designer_draws_the_same_files_again() -> None:
    with designer() as open_designer:
        for name in NAMES:
            drawing = open_designer.draw(name)
            assert drawing.xml.encode() == source(name)
            assert drawing.svg.count("djs-shape") > 20


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        (
            LAND,
            [
                "lanes as roles: Bộ phận một cửa, Văn phòng đăng ký đất đai, Cơ quan phối hợp",
                "2 × parallelGateway: Lấy ý kiến song song, Đủ ý kiến",
                "1 × businessRuleTask: Tính nghĩa vụ tài chính",
                "1 × boundaryEvent (timer): Quá 5 ngày",
            ],
        ),
        (
            PERMIT,
            [
                "2 × subProcess: Thẩm định, Người nộp rút hồ sơ",
                "2 × inclusiveGateway: Cần ý kiến ai?, heard",
                "1 × intermediateCatchEvent (message): Đã bổ sung",
                "1 × endEvent (error): Không bổ sung",
            ],
        ),
        (
            COMPLAINT,
            [
                "1 × userTask, several at once: Lấy ý kiến từng cơ quan",
                "1 × serviceTask, one after the other: Gửi từng bên",
                "2 × intermediateThrowEvent (compensate): Hoàn lại, Hoàn lại",
                "1 × boundaryEvent (escalation): Quá hạn",
                "1 × callActivity: Đối thoại",
            ],
        ),
    ],
)
def test_the_check_finds_them_sound_and_says_what_runs(name: str, lines: list[str]) -> None:
    report = bpmn.check(source(name))
    assert report.findings == []
    assert set(lines) <= set(report.runs)


def test_the_command_ends_well_on_every_file_that_ships() -> None:
    from click.testing import CliRunner

    from motcua.cli.bpmn import bpmn as command

    shipped = sorted(Path(FOLDER.parents[1] / "services").glob("*/process.bpmn"))
    files = [*shipped, *(FOLDER / f"{name}.bpmn" for name in NAMES)]
    result = CliRunner().invoke(command, ["check", *map(str, files)])
    assert result.exit_code == 0, result.output
    assert result.output.count(": runs") == len(shipped) + 3


def owes(eligible: bool) -> dict[str, object]:
    return {"nghia_vu_tai_chinh": lambda facts: {"eligible": eligible, "amount": 250_000}}


def land(eligible: bool = True) -> Play:
    return Play(source(LAND), {"case_number": "H55-1", "urgent": True, "parcel": 7}, decisions=owes(eligible))


class TestTheChangeOfALandCertificate:
    def test_two_agencies_verify_at_once_and_the_certificate_is_signed_after_payment(self) -> None:
        play = land().do("receive")
        offers = {offer.element_id: offer for offer in play.of(bpmn.TaskOffered)}
        assert set(offers) == {"survey", "tax", "commune"}
        assert offers["survey"].priority == 90
        assert offers["tax"].role == "tax_office"
        assert (offers["tax"].limit, offers["tax"].unit) == (5, Unit.WORKING_DAYS)
        play.do("tax").do("survey", survey_result="dat").do("commune")
        [bill] = play.of(bpmn.ServiceRequested)
        assert (bill.type, bill.inputs) == ("payments.charge", {"amount": 250_000})
        play.do("charge")
        assert not play.message("da_nop_nghia_vu", "H55-2")
        assert play.message("da_nop_nghia_vu", "H55-1")
        assert not play.message("da_nop_nghia_vu", "H55-1")
        play.do("sign").do("update", version=3).do("hand_over")
        assert play.ended == "completed"
        assert play.data["record"] == {"version": 3}
        assert play.trail[-1] == "done"

    def test_the_tax_office_is_reminded_after_five_working_days_and_still_answers(self) -> None:
        play = land().do("receive")
        [reminder] = play.of(bpmn.TimerSet)
        assert reminder.working
        play.later(days=8)
        assert [request.type for request in play.of(bpmn.ServiceRequested)] == ["notify"]
        play.do("remind").do("tax").do("commune").do("survey", survey_result="dat")
        assert play.waiting == ["charge"]

    def test_what_is_not_eligible_goes_back_to_the_desk(self) -> None:
        play = land(eligible=False).do("receive").do("tax").do("commune").do("survey", survey_result="dat")
        assert play.waiting == ["refuse"]
        assert play.do("refuse").trail[-1] == "refused"
        assert play.ended == "completed"

    def test_a_case_that_is_never_paid_lapses(self) -> None:
        play = land().do("receive").do("tax").do("commune").do("survey", survey_result="dat").do("charge")
        assert play.later(days=30).ended == "completed"
        assert play.trail[-1] == "lapsed"


def permit(**facts: object) -> Play:
    given = {"case_number": "H55-1", "long_term": False, "floors": 3, "near_heritage": False, **facts}
    return Play(source(PERMIT), given).do("receive")


def asked(play: Play) -> list[str]:
    """The tasks that wait for a person."""
    return [token.element for token in play.state.tokens if token.wait is bpmn.Wait.PERSON]


class TestTheConstructionPermit:
    def test_a_small_house_needs_nobody_else(self) -> None:
        play = permit().do("inspect", inspection={"complete": True})
        assert asked(play) == ["sign"]
        assert play.data["inspection"] == {"complete": True}
        assert play.of(bpmn.TaskOffered)[0].due is not None
        assert play.do("sign").of(bpmn.ServiceRequested)[0].type == "notify"
        assert play.do("granted").ended == "completed"

    def test_all_who_must_be_heard_are_heard_before_the_signature(self) -> None:
        play = permit(floors=9, near_heritage=True).do("inspect", inspection={"complete": True})
        assert asked(play) == ["fire", "heritage"]
        assert asked(play.do("heritage")) == ["fire"]
        assert asked(play.do("fire")) == ["sign"]

    def test_the_inspector_is_reminded_twice(self) -> None:
        play = permit()
        for _ in range(2):
            play.later(days=5)
            assert [request.type for request in play.of(bpmn.ServiceRequested)] == ["notify"]
            play.do("nudge")
        assert play.later(days=60).of(bpmn.ServiceRequested) == []

    def test_a_supplement_leads_to_another_inspection(self) -> None:
        play = permit().do("inspect", inspection={"complete": False}).do("ask")
        assert play.message("bo_sung_ho_so", "H55-1", papers=["ban-ve"])
        assert asked(play) == ["inspect"]
        assert asked(play.do("inspect", inspection={"complete": True})) == ["sign"]

    def test_silence_for_thirty_days_is_a_refusal(self) -> None:
        play = permit().do("inspect", inspection={"complete": False}).do("ask").later(days=30)
        assert asked(play) == ["refuse"]
        assert play.do("refuse").trail[-1] == "refused"

    def test_the_applicant_may_withdraw_at_any_time(self) -> None:
        play = permit()
        assert play.message("rut_ho_so", "H55-1")
        assert asked(play) == ["give_back"]
        assert play.do("give_back").ended == "completed"


def complaint() -> Play:
    data = {"case_number": "H55-1", "agencies": ["a", "b", "c", "d"], "parties": ["x", "y"]}
    return Play(source(COMPLAINT), data).do("accept").do("suspend")


def heard(play: Play, *opinions: str) -> Play:
    for opinion in opinions:
        play.do("gather", opinion=opinion)
    return play.do("report")


class TestTheComplaint:
    def test_three_opinions_of_four_are_enough(self) -> None:
        play = complaint()
        assert [offer.role for offer in play.of(bpmn.TaskOffered)] == ["a", "b", "c", "d"]
        play.do("gather", opinion="dung").do("gather", opinion="dung").do("gather", opinion="sai")
        assert len(play.of(bpmn.TaskWithdrawn)) == 1
        play.do("report")
        assert play.data["in_favour"] == 2

    def test_a_just_complaint_is_upheld_and_each_party_told_in_turn(self) -> None:
        play = heard(complaint(), "dung", "dung", "dung").do("d_meet", minutes="biên bản")
        assert play.data["minutes"] == "biên bản"
        assert play.do("uphold").of(bpmn.SignalThrown) == [bpmn.SignalThrown("da_giai_quyet_khieu_nai")]
        assert play.of(bpmn.ServiceRequested)[0].inputs == {"to": "x"}
        assert play.do("tell").of(bpmn.ServiceRequested)[0].inputs == {"to": "y"}
        assert play.do("tell").ended == "completed"
        assert "resume" not in play.trail

    def test_an_unjust_complaint_undoes_the_suspension_before_it_is_rejected(self) -> None:
        play = heard(complaint(), "sai", "sai", "dung").do("d_meet")
        assert play.waiting == ["undo_refused", "resume"]
        assert play.do("resume").waiting == ["reject"]
        assert play.do("reject").do("tell").do("tell").ended == "completed"

    def test_a_late_verification_is_escalated_to_the_chair_and_goes_on(self) -> None:
        play = complaint().later(days=30)
        assert "instruct" in play.waiting
        assert play.waiting.count("gather") == 5
        heard(play.do("instruct"), "dung", "dung", "dung").do("d_meet")
        assert play.waiting == ["uphold"]

    def test_a_complaint_that_is_withdrawn_undoes_the_suspension_and_ends(self) -> None:
        play = complaint()
        assert play.message("rut_khieu_nai", "H55-1")
        assert play.waiting == ["undo_stopped", "resume"]
        assert play.do("resume").ended == "terminated"
