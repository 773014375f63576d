"""The living style sheet: every component with real words, rendered without the rest of the system.

    python -m motcua.shell.styleguide OUT.html [--page styleguide|desk] [--lang vi|en]

The file refers to `static/dist/` beside the sources, so it opens in any browser from disk.
"""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path
from typing import Any

import click

from motcua.engines.forms.views import Button, FieldError, FieldView, Option, PageView, Source, UploadedRef
from motcua.shell.bundle import DIST
from motcua.shell.dates import ZONE
from motcua.shell.jinja import environment
from motcua.shell.language import use_language

PAGES = {"styleguide": "shell/styleguide.jinja", "desk": "shell/styleguide_desk.jinja"}


def render(page: str = "styleguide", language: str = "vi") -> str:
    """The style sheet as a complete HTML page."""
    with use_language(language):
        return environment().get_template(PAGES[page]).render(**sample())


def sample() -> dict[str, Any]:
    """What the style sheet shows: one birth registration, seen from all sides."""
    today = dt.date(2026, 11, 21)
    return {
        "today": today,
        "yesterday": today - dt.timedelta(days=1),
        "deadline_at": dt.datetime(2026, 11, 26, 17, 0, tzinfo=ZONE),
        "received_at": dt.datetime(2026, 11, 21, 9, 12, tzinfo=ZONE),
        "question_page": _question_page(today),
        "rows": _work_list(),
    }


def _question_page(today: dt.date) -> PageView:
    found = Source("CSDL quốc gia về dân cư", today, "#sua-ho-ten-me")
    fields = [
        FieldView(
            "text",
            "con-ho-ten",
            "con.ho_ten",
            "Họ, chữ đệm, tên của con",
            hint="Viết đủ dấu, như muốn có trên giấy khai sinh",
            required=True,
            autocomplete="off",
            semantic="full-name",
        ),
        FieldView(
            "date",
            "con-ngay-sinh",
            "con.ngay_sinh",
            "Con sinh ngày nào?",
            required=True,
            hint="Ví dụ: 9 11 2026",
            values={"day": "31", "month": "11", "year": "2026"},
            errors=["Tháng 11 chỉ có 30 ngày. Hãy xem lại giấy chứng sinh."],
        ),
        FieldView(
            "radio",
            "con-gioi-tinh",
            "con.gioi_tinh",
            "Giới tính của con",
            required=True,
            value="nu",
            options=[Option("nam", "Nam"), Option("nu", "Nữ")],
        ),
        FieldView(
            "select",
            "noi-nop",
            "noi_nop",
            "Nơi nhận kết quả bản giấy",
            options=[
                Option("phan-dinh-phung", "Phường Phan Đình Phùng"),
                Option("gia-sang", "Phường Gia Sàng"),
            ],
            hint="Chỉ cần khi muốn có thêm bản giấy",
        ),
        FieldView(
            "text",
            "me-ho-ten",
            "me.ho_ten",
            "Họ tên mẹ",
            value="Nguyễn Thị Lan Anh",
            readonly=True,
            source=found,
        ),
        FieldView(
            "file",
            "chung-sinh",
            "chung_sinh",
            "Giấy chứng sinh",
            required=True,
            accept="application/pdf,image/*",
            files=[UploadedRef("1", "giay-chung-sinh.pdf", 412_000, "application/pdf")],
            remove_buttons=[Button("bo", "chung_sinh.0", "Bỏ tệp")],
        ),
        FieldView(
            "repeat",
            "ban-sao",
            "ban_sao",
            "Bản sao gửi đến nơi khác",
            item_labels=["Nơi nhận 1"],
            items=[
                [
                    FieldView(
                        "text",
                        "ban-sao-0-noi",
                        "ban_sao.0.noi",
                        "Tên nơi nhận",
                        value="Trường mầm non Hoa Sen",
                        required=True,
                    ),
                    FieldView(
                        "number",
                        "ban-sao-0-so",
                        "ban_sao.0.so",
                        "Số bản",
                        value="2",
                        required=True,
                        width=2,
                        inputmode="numeric",
                        suffix="bản",
                    ),
                ]
            ],
            add_button=Button("them", "ban_sao", "Thêm nơi nhận"),
            remove_buttons=[Button("bo", "ban_sao.0", "Bỏ nơi nhận 1")],
        ),
        FieldView("textarea", "ghi-chu", "ghi_chu", "Điều muốn nói thêm với cán bộ", max_length=500),
        FieldView(
            "checkbox",
            "cam-doan",
            "cam_doan",
            "Tôi cam đoan những điều khai trên là đúng sự thật",
            required=True,
        ),
    ]
    errors = [FieldError("con-ngay-sinh", "con.ngay_sinh", "Ngày sinh của con: tháng 11 chỉ có 30 ngày")]
    return PageView("con", "Thông tin của con", fields, hint="", hidden=[("trang", "con")], errors=errors)


def _work_list() -> list[dict[str, Any]]:
    return [
        {
            "number": "H55.242-261121-0014",
            "title": "Đăng ký khai sinh",
            "who": "Nguyễn Thị Lan Anh",
            "words": "quá hạn 1 ngày",
            "state": "late",
            "used": 1.0,
            "step": "Thẩm tra",
            "channel": "Trực tuyến",
        },
        {
            "number": "H55.242-261120-0009",
            "title": "Trợ cấp hưu trí xã hội",
            "who": "Hoàng Văn Páo",
            "words": "còn 4 giờ làm việc",
            "state": "soon",
            "used": 0.92,
            "step": "Ký",
            "channel": "Tại quầy",
        },
        {
            "number": "H55.242-261119-0031",
            "title": "Cấp bản sao trích lục hộ tịch",
            "who": "Y Krông Niê",
            "words": "còn 3 ngày làm việc",
            "state": "ontime",
            "used": 0.4,
            "step": "Tiếp nhận",
            "channel": "Bưu chính",
        },
        {
            "number": "H55.242-261118-0002",
            "title": "Đăng ký khai sinh có yếu tố nước ngoài",
            "who": "Trần Quốc Bảo",
            "words": "dừng tính: chờ bổ sung",
            "state": "stopped",
            "used": 0.3,
            "step": "Chờ người nộp",
            "channel": "Trực tuyến",
        },
    ]


@click.command()
@click.argument("out", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--page", type=click.Choice(sorted(PAGES)), default="styleguide")
@click.option("--lang", default="vi")
def main(out: Path, page: str, lang: str) -> None:
    """Write the style sheet to OUT, with assets referred to where the build left them."""
    html = render(page, lang).replace("/static/dist/", f"{DIST.as_uri()}/")
    out.write_text(html, encoding="utf-8")
    click.echo(f"{out}: {len(html):,} characters", err=True)


if __name__ == "__main__":
    sys.exit(main())
