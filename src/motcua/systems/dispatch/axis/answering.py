"""What the three forms of the interface share: who may call, how answers and refusals look, the file of a call."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.core.handlers.wsgi import WSGIRequest
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from motcua.core.identity.access import policy
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.engines import edxml
from motcua.systems.dispatch.axis.errors import AxisError, Code
from motcua.systems.dispatch.models import AxisDelivery

LARGEST = edxml.Limits().size
Call = Callable[..., HttpResponse]


def axis_call(call: Call) -> Any:
    """A call of the axis: open to whoever proves to be a member, answered in its JSON, an error with its code."""

    @csrf_exempt
    @policy("public")
    @wraps(call)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            with acting(SYSTEM):
                return call(request, *args, **kwargs)
        except AxisError as error:
            status = 401 if error.code is Code.WRONG_SECRET else 200
            return JsonResponse(error.answer(), status=status, json_dumps_params={"ensure_ascii": False})
        except RequestDataTooBig:
            large = AxisError(Code.BAD_FILE, f"tệp lớn hơn {LARGEST >> 20} MB")
            return JsonResponse(large.answer(), json_dumps_params={"ensure_ascii": False})
        except Exception:
            logging.getLogger(__name__).exception("a call of the axis failed")
            transaction.set_rollback(True)
            return JsonResponse(AxisError(Code.AXIS_FAULT).answer(), status=200)

    return answered


def address_of(request: HttpRequest) -> str:
    """From where a call comes."""
    return str(request.META.get("REMOTE_ADDR", ""))


def body_of(request: HttpRequest) -> bytes:
    """The raw body, read within the axis's own bound rather than that of forms."""
    length = int(request.META.get("CONTENT_LENGTH") or 0)
    if length > LARGEST + 65_536:
        raise AxisError(Code.BAD_FILE, f"tệp lớn hơn {LARGEST >> 20} MB")
    if hasattr(request, "_body"):
        return request.body
    assert isinstance(request, WSGIRequest)
    content = request.read(LARGEST + 65_537)
    request._body = content  # later readers find it
    return content


def file_of(request: HttpRequest, *names: str) -> bytes:
    """The edXML file of a call: the first part of a multipart form among `names`, else the raw body; a package of the
    older form with the header that says where its parts end."""
    if (request.content_type or "").startswith("multipart/form-data"):
        for name in names:
            part = request.FILES.get(name)
            if part is not None:
                return bytes(part.read(LARGEST + 1))
            if request.POST.get(name):
                return str(request.POST[name]).encode()
        raise AxisError(Code.BAD_FILE, f"thiếu phần tệp {' hoặc '.join(names)}")
    content = body_of(request)
    if not content:
        raise AxisError(Code.BAD_FILE, "không có nội dung")
    if (request.content_type or "").startswith("multipart/related"):
        return (
            f"Content-Type: {request.headers['Content-Type']}\r\n\r\n".encode("latin-1", "replace") + content
        )
    return content


def row_of(delivery: AxisDelivery) -> dict[str, str]:
    """A delivery as the lists show it."""
    message = delivery.message
    return {
        "docId": str(message.uuid),
        "serviceType": message.service_type,
        "messageType": message.message_type,
        "created_time": f"{message.created_at:%Y/%m/%d %H:%M:%S}",
        "updated_time": f"{delivery.updated_at:%Y/%m/%d %H:%M:%S}",
        "from": message.from_organ,
        "to": delivery.to_organ,
        "status": delivery.state,
        "status_desc": delivery.note,
    }


def day_asked(text: str) -> dt.date | None:
    if not text:
        return None
    day = edxml.day_of(text)
    if day is None:
        raise AxisError(Code.PROCESSING_FAULT, f"{text[:20]!r} không phải ngày; viết yyyy/MM/dd")
    return day


def as_json(answer: Any) -> JsonResponse:
    return JsonResponse(answer, safe=False, json_dumps_params={"ensure_ascii": False})
