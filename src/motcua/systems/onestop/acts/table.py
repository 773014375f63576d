"""The acts of the desk, in the order in which they are offered."""

from __future__ import annotations

from collections.abc import Callable

from motcua.core.cases.queries import CaseView
from motcua.core.errors import Text
from motcua.core.ledger.actor import Actor
from motcua.systems.onestop.acts import doing, options
from motcua.systems.onestop.acts.shape import Act, Field


def _ability(name: str) -> Callable[[Actor, CaseView], bool]:
    return lambda actor, case: bool(case.abilities.get(name))


REASON = Field(
    "reason",
    "area",
    Text("Lý do", "Reason"),
    Text("Người nộp sẽ đọc được câu này", "The applicant will read this"),
)
BASIS = Field(
    "legal_basis",
    "text",
    Text("Căn cứ pháp lý", "Legal basis"),
    Text("Tên văn bản, số, điều, khoản", "Name, number, article and clause of the text"),
)
NOTE = Field("reason", "area", Text("Ghi chú", "Note"), required=False)

ACTS: tuple[Act, ...] = (
    Act(
        "tiep-nhan",
        Text("Tiếp nhận hồ sơ", "Receive the application"),
        Text(
            "Hồ sơ đầy đủ, đúng quy định. Giấy tiếp nhận và hẹn trả kết quả được lập, ký số và gửi cho người nộp.",
            "It is complete. The receipt with the appointed day is made, sealed and sent to the applicant.",
        ),
        Text("Tiếp nhận", "Receive"),
        Text("Đã tiếp nhận hồ sơ. Giấy tiếp nhận đang được lập.", "Received. The receipt is being made."),
        _ability("receive"),
        doing.receive,
        (NOTE,),
        icon="inbox",
        weight="primary",
    ),
    Act(
        "nhan-ban-giao",
        Text("Nhận bàn giao hồ sơ", "Acknowledge the hand-over"),
        Text(
            "Từ lúc nhận, cơ quan của ông/bà chịu trách nhiệm xử lý và thời hạn. Phiếu kiểm soát ghi lại bàn giao.",
            "From now on your agency answers for the case and its deadline. The control slip records this hand-over.",
        ),
        Text("Nhận hồ sơ", "Take the case"),
        Text("Đã nhận bàn giao hồ sơ.", "The case is taken over."),
        doing.may_take_over,
        doing.take_over,
        icon="hand",
        weight="primary",
    ),
    Act(
        "thu-tien",
        Text("Thu phí, lệ phí tại quầy", "Take payment at the counter"),
        Text(
            "Chỉ bấm khi đã nhận đủ tiền. Biên lai được lập ngay và hồ sơ đi tiếp.",
            "Press only when the money is in your hands. The receipt is made at once and the case goes on.",
        ),
        Text("Đã nhận đủ tiền", "The money is received"),
        Text("Đã thu tiền. Biên lai ở mục Phí, lệ phí.", "Paid. The receipt stands under Fees."),
        doing.may_charge,
        doing.charge,
        icon="banknote",
        weight="primary",
    ),
    Act(
        "tra-ket-qua",
        Text("Trả kết quả", "Return the result"),
        Text(
            "Hồ sơ kết thúc khi kết quả đã đến tay người nộp.",
            "The case ends when the person has the result.",
        ),
        Text("Đã trả kết quả", "The result is returned"),
        Text("Đã trả kết quả, hồ sơ kết thúc.", "Returned: the case is closed."),
        _ability("return_result"),
        doing.give_back,
        (
            Field(
                "how",
                "radios",
                Text("Trả bằng cách nào?", "How is it returned?"),
                options=options.ways,
                value="electronic",
            ),
        ),
        icon="hand-helping",
        weight="primary",
    ),
    Act(
        "yeu-cau-bo-sung",
        Text("Yêu cầu bổ sung hồ sơ", "Ask for what is missing"),
        Text(
            "Chỉ được yêu cầu một lần, đầy đủ, trong 3 ngày làm việc từ khi tiếp nhận. Thời hạn tạm dừng đến khi người "
            "nộp bổ sung; Phiếu yêu cầu bổ sung được gửi ngay.",
            "Once, in full, and within three working days of receipt. The clock stands still until the applicant "
            "answers; the slip is sent at once.",
        ),
        Text("Gửi yêu cầu bổ sung", "Send the request"),
        Text("Đã gửi yêu cầu bổ sung. Thời hạn tạm dừng.", "The request is sent. The clock stands still."),
        _ability("ask_supplement"),
        doing.ask_supplement,
        (
            Field(
                "papers",
                "checks",
                Text("Giấy tờ còn thiếu", "Papers that are missing"),
                required=False,
                options=options.paper_options,
                shown=lambda case: bool(options.paper_options(case, "vi")),
            ),
            Field(
                "items",
                "area",
                Text("Nội dung khác cần bổ sung", "Other things to be added"),
                Text(
                    "Mỗi dòng một nội dung; nêu đủ mọi thứ còn thiếu",
                    "One on each line; name everything missing",
                ),
                required=False,
            ),
            REASON,
            Field(
                "again_because",
                "select",
                Text("Căn cứ để yêu cầu lần nữa", "Ground for asking once more"),
                options=options.grounds,
                shown=lambda case: bool(case.supplements),
            ),
        ),
        icon="list-checks",
    ),
    Act(
        "so-dinh-danh",
        Text("Xử lý phản hồi về số định danh", "Settle the answer about the personal number"),
        Text(
            "Đối chiếu với cơ quan quản lý dân cư rồi ghi kết luận. Có số mới thì Giấy khai sinh được cấp lại.",
            "Check with the population authority and note the conclusion. With a number the certificate is re-issued.",
        ),
        Text("Ghi kết luận", "Note the conclusion"),
        Text("Đã ghi kết luận về số định danh.", "The conclusion is noted."),
        doing.may_settle_number,
        doing.settle_number,
        (
            Field("state", "radios", Text("Kết luận", "Conclusion"), options=options.number_states),
            Field(
                "number",
                "text",
                Text("Số định danh cá nhân được cấp", "The personal number that was issued"),
                Text(
                    "12 chữ số; bỏ trống khi khép yêu cầu", "12 digits; leave empty when closing the request"
                ),
                required=False,
            ),
            REASON,
        ),
        icon="fingerprint",
    ),
    Act(
        "chuyen",
        Text("Chuyển hồ sơ cho cơ quan khác", "Hand the case to another agency"),
        Text(
            "Bàn giao có hiệu lực khi cơ quan nhận xác nhận; trước lúc đó hồ sơ vẫn thuộc trách nhiệm của ông/bà.",
            "The hand-over counts when the other agency acknowledges it; until then the case is yours.",
        ),
        Text("Chuyển hồ sơ", "Hand over"),
        Text(
            "Đã chuyển, chờ cơ quan kia nhận bàn giao.",
            "Handed over: the other agency has to acknowledge it.",
        ),
        _ability("transfer"),
        doing.transfer,
        (
            Field(
                "to_agency", "select", Text("Cơ quan nhận", "Agency that takes it"), options=options.agencies
            ),
            REASON,
        ),
        icon="send",
    ),
    Act(
        "xin-loi",
        Text("Xin lỗi và hẹn lại", "Apologise and appoint another day"),
        Text(
            "Chỉ được hẹn lại một lần, chậm nhất 1 ngày trước khi hết hạn. Văn bản xin lỗi gửi cho người nộp.",
            "Once only, at the latest one day before the deadline. The letter of apology goes to the applicant.",
        ),
        Text("Gửi lời xin lỗi và hẹn lại", "Send the apology"),
        Text("Đã gửi lời xin lỗi và ngày hẹn mới.", "The apology and the new day are sent."),
        _ability("extend"),
        doing.extend,
        (Field("new_due", "day", Text("Ngày hẹn mới", "New day")), REASON),
        icon="calendar-plus",
    ),
    Act(
        "dung",
        Text("Dừng giải quyết hồ sơ", "Stop working on the case"),
        Text(
            "Thời hạn dừng tính. Thông báo dừng giải quyết nêu lý do và căn cứ được gửi cho người nộp.",
            "The clock stands still. A notice with reason and legal basis goes to the applicant.",
        ),
        Text("Dừng giải quyết", "Stop"),
        Text("Đã dừng giải quyết.", "Stopped."),
        _ability("stop"),
        doing.stop,
        (REASON, BASIS),
        icon="circle-pause",
    ),
    Act(
        "tiep-tuc",
        Text("Tiếp tục giải quyết hồ sơ", "Go on with the case"),
        Text("Thời hạn chạy tiếp từ chỗ đã dừng.", "The clock goes on from where it stood."),
        Text("Tiếp tục giải quyết", "Go on"),
        Text("Hồ sơ được giải quyết tiếp.", "The case goes on."),
        _ability("resume"),
        doing.resume,
        (REASON,),
        icon="play",
        weight="primary",
    ),
    Act(
        "tu-choi-tiep-nhan",
        Text("Từ chối tiếp nhận hồ sơ", "Refuse to receive the application"),
        Text(
            "Hồ sơ kết thúc. Phiếu từ chối nêu lý do được gửi cho người nộp.",
            "The case ends. The refusal slip with the reason goes to the applicant.",
        ),
        Text("Từ chối tiếp nhận", "Refuse to receive"),
        Text("Đã từ chối tiếp nhận.", "Receipt refused."),
        _ability("refuse_receipt"),
        doing.refuse_receipt,
        (REASON, Field("legal_basis", "text", BASIS.label, BASIS.hint, required=False)),
        danger=True,
        icon="circle-x",
        weight="warning",
    ),
    Act(
        "tu-choi",
        Text("Từ chối giải quyết hồ sơ", "Refuse the application"),
        Text(
            "Hồ sơ kết thúc. Phiếu từ chối nêu lý do, căn cứ và cách khiếu nại được gửi cho người nộp.",
            "The case ends. The slip with the reason, the law and how to object goes to the applicant.",
        ),
        Text("Từ chối giải quyết", "Refuse"),
        Text("Đã từ chối giải quyết.", "Refused."),
        _ability("refuse"),
        doing.refuse,
        (REASON, BASIS),
        danger=True,
        icon="circle-x",
        weight="warning",
    ),
)
