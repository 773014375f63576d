"""The systems that read registers: make one known, see and change what it may read for which purpose, lock it out."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from motcua.core.errors import UserError
from motcua.core.identity.access import policy
from motcua.core.registers import readers
from motcua.core.registers.models import Reader
from motcua.systems.registers.views.common import SEE_OTHER, actor_of, lang_of, show

OWNERS = "group:service_editor,service_approver"
ASKED = ("code", "name", "public_key", "legal_basis")


@policy(OWNERS)
@never_cache
@require_GET
def listed(request: HttpRequest) -> HttpResponse:
    """All systems, those that may read first."""
    rows = Reader.objects.order_by("-active", "name")[:500]
    return show(request, "readers", readers=[(row, len(readers.purposes_of(row.code))) for row in rows])


@policy(OWNERS)
@never_cache
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Make a system known by its public key."""
    typed = {name: str(request.POST.get(name, "")) for name in ASKED}
    fault: UserError | None = None
    if request.method == "POST":
        try:
            with transaction.atomic():
                made = readers.make_known(actor_of(request), agency_id=actor_of(request).agency_id, **typed)
            messages.success(request, "Đã đăng ký hệ thống. Chọn điều nó được đọc ở dưới.")
            return HttpResponseRedirect(reverse("registers:reader", args=[made.uuid]), status=SEE_OTHER)
        except UserError as refused:
            fault = refused
    return show(request, "reader_new", fault, typed=typed)


@policy(OWNERS)
@never_cache
@require_http_methods(["GET", "POST"])
def one(request: HttpRequest, reader: uuid.UUID) -> HttpResponse:
    """What a system may read for which purpose, by which law; give and take it, change its key, lock it out."""
    row = Reader.objects.filter(uuid=reader).first()
    if row is None:
        raise Http404
    fault: UserError | None = None
    if request.method == "POST":
        try:
            with transaction.atomic():
                return _act(request, row)
        except UserError as refused:
            fault = refused
    lang = lang_of(request)
    return show(
        request, "reader", fault, reader=row, lang=lang, has=readers.purposes_of(row.code),
        others=[
            (f"{schema.slug}/{rule.use}", f"{schema.name.text(lang)}: {rule.title.text(lang)}")
            for schema, rule in readers.purposes_for_others(row.code)
        ],
        typed={name: request.POST.get(name, "") for name in ("purpose", "reason", "public_key")},
    )  # fmt: skip


def _act(request: HttpRequest, row: Reader) -> HttpResponse:
    actor, act = actor_of(request), request.POST.get("act", "")
    here = reverse("registers:reader", args=[row.uuid])
    if act in ("give", "take"):
        register, _, use = request.POST.get("purpose", "").partition("/")
        if not use:
            raise UserError("Chọn dữ liệu và mục đích.", "Choose data and purpose.", "purpose")
        made = (readers.give if act == "give" else readers.take)(actor, row.uuid, register, use)
        messages.success(
            request, "Đã soạn phiên bản lược đồ mới. Người thứ hai xem rồi công bố thì có hiệu lực."
        )
        return _to(reverse("registers:version", args=[register, made.number]))
    reason, key = request.POST.get("reason", ""), request.POST.get("public_key", "")
    acts: dict[str, tuple[Callable[[], Reader], str]] = {
        "lock": (lambda: readers.lock_out(actor, row.uuid, reason), "Đã thu hồi. Hệ thống này không gọi được nữa."),
        "unlock": (lambda: readers.let_in_again(actor, row.uuid), "Hệ thống này gọi lại được."),
        "key": (lambda: readers.renew_key(actor, row.uuid, key), "Đã đổi khóa. Khóa cũ không dùng được nữa."),
    }  # fmt: skip
    if act not in acts:
        raise UserError("Chọn một việc.", "Choose what to do.", "act")
    do, said = acts[act]
    do()
    messages.success(request, said)
    return _to(here)


def _to(address: str) -> HttpResponse:
    return HttpResponseRedirect(address, status=SEE_OTHER)
