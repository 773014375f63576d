"""Registration: the catalogue of services in force, and their forms, as GovStack lists them.

A service is known by its national code or its name in addresses; each has one form, of the same version.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse

from motcua.core import clock
from motcua.core.errors import NotFound
from motcua.core.ledger.actor import Actor
from motcua.core.services import queries as services
from motcua.core.services.queries import Listed
from motcua.systems.govstack.speaking import face


@face("GET")
def service_list(request: HttpRequest, actor: Actor) -> HttpResponse:
    return JsonResponse([_service(one) for one in services.catalogue(clock.today())], safe=False)


@face("GET")
def service(request: HttpRequest, actor: Actor, service_id: str) -> HttpResponse:
    return JsonResponse(_service(listed(service_id)))


@face("GET")
def forms_of(request: HttpRequest, actor: Actor, service_id: str) -> HttpResponse:
    return JsonResponse([form_of(service_id)], safe=False)


@face("GET")
def form(request: HttpRequest, actor: Actor, form_id: str) -> HttpResponse:
    """A form with its questions, as JSON Schema."""
    schema = services.pack(listed(form_id).version_id).form.to_json_schema("en")
    return JsonResponse({**form_of(form_id), "formSchema": schema})


def listed(service_id: str) -> Listed:
    """The service in force of a code or name. Raises NotFound."""
    for one in services.catalogue(clock.today()):
        if service_id in (one.code, one.slug):
            return one
    raise NotFound()


def _service(one: Listed) -> dict[str, Any]:
    return {
        "id": one.code,
        "name": one.name_en,
        "version": str(one.version_id),
        "type": "Public",
        "isExecutable": one.online != "none",
        "isClosed": False,
        "description": one.summary_en,
    }


def form_of(service_id: str) -> dict[str, Any]:
    """The form of a service, without its questions."""
    one = listed(service_id)
    return {
        "eFormId": one.slug,
        "name": one.name_en,
        "description": one.summary_en,
        "version": str(one.version_id),
        "latest": True,
    }
