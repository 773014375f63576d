"""A service as one file: taken along as a zip, taken in as a draft."""

from __future__ import annotations

import datetime as dt
import io
import uuid
import zipfile
from pathlib import PurePosixPath

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET, require_http_methods

from motcua.core import clock
from motcua.core.errors import UserError
from motcua.core.identity.access import policy
from motcua.core.services import actions as services
from motcua.core.services.models import ServiceVersion
from motcua.core.services.pack import PackError
from motcua.core.services.pack.files import MANIFEST, MAX_BYTES, SIGNATURE
from motcua.systems.studio.desk import (
    DESK,
    EDITOR,
    Faults,
    actor_of,
    day,
    go,
    lang_of,
    page,
    typed,
    version_of,
)


@policy(DESK)
@require_GET
def export(request: HttpRequest, version_uuid: uuid.UUID) -> HttpResponse:
    """The version as a zip, the same bytes each time."""
    row = version_of(version_uuid)
    answer = HttpResponse(services.export_zip(row), content_type="application/zip")
    answer["Content-Disposition"] = f'attachment; filename="{row.service.slug}-{row.number}.zip"'
    return answer


@policy(EDITOR)
@require_http_methods(["GET", "POST"])
def take_in(request: HttpRequest) -> HttpResponse:
    """A pack of elsewhere becomes a draft; what was refused is said line by line, what was left out too."""
    faults, refused = Faults(lang_of(request)), []
    if request.method == "POST":
        sent = request.FILES.get("pack")
        try:
            if sent is None:
                raise UserError("Chọn tệp zip của gói.", "Choose the zip of the pack.")
            if (sent.size or 0) > MAX_BYTES:
                raise UserError(
                    f"Tệp lớn hơn {MAX_BYTES // 1_000_000} MB; gói thủ tục nhỏ hơn nhiều.",
                    f"The file is larger than {MAX_BYTES // 1_000_000} MB; a pack is much smaller.",
                )
            data = sent.read()
            before = ServiceVersion.objects.count()
            row = services.import_pack(actor_of(request), data)
            context = {
                "row": row,
                "known": ServiceVersion.objects.count() == before,
                "dropped": dropped(data, row.files),
                "tomorrow": (clock.today() + dt.timedelta(days=1)).isoformat(),
                "faults": faults,
            }
            return page(request, "imported", context)
        except PackError as fault:
            refused = [one.text(lang_of(request)) for one in fault.faults]
            faults.add(
                UserError(
                    "Không nạp được gói. Sửa các chỗ dưới đây rồi nạp lại.",
                    "The pack was refused. Mend what stands below and take it in again.",
                ),
                "pack",
            )
        except UserError as fault:
            faults.add(fault, "pack")
    context = {"faults": faults, "errors": faults.summary, "refused": refused}
    return page(request, "import", context, status=400 if faults else 200)


@policy(EDITOR)
@require_http_methods(["GET", "POST"])
def hand_in(request: HttpRequest, version_uuid: uuid.UUID) -> HttpResponse:
    """A draft that came as a pack goes to a second person, with its day and the reason."""
    row, faults = version_of(version_uuid), Faults(lang_of(request))
    given = {"in_force_from": (clock.today() + dt.timedelta(days=1)).isoformat(), "note": row.note}
    if request.method == "POST":
        given = {name: typed(request, name) for name in given}
        try:
            if not given["note"]:
                raise UserError("Ghi vì sao nạp gói này.", "Say why this pack is taken in.", field="note")
            services.propose_version(actor_of(request), row, day(request, "in_force_from"), given["note"])
            return go(request, "version", row.uuid, said="Đã gửi đề nghị. Người thứ hai sẽ xem và duyệt.")
        except UserError as fault:
            faults.add(fault, fault.field or "in_force_from")
    context = {"row": row, "given": given, "faults": faults, "errors": faults.summary}
    return page(request, "hand_in", context, status=400 if faults else 200)


def dropped(data: bytes, kept: dict[str, str]) -> list[str]:
    """The files of a zip that were left out because no pack has such files."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = [entry.filename for entry in archive.infolist() if not entry.is_dir()]
    return sorted(
        name
        for name in names
        if PurePosixPath(name).name not in (MANIFEST, SIGNATURE)
        and not any(name == one or name.endswith(f"/{one}") for one in kept)
    )
