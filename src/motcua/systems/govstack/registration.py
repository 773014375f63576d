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
    return JsonResponse(_service(_listed(service_id)))


@face("GET")
def forms_of(request: HttpRequest, actor: Actor, service_id: str) -> HttpResponse:
    return JsonResponse([_form(_listed(service_id))], safe=False)


@face("GET")
def form(request: HttpRequest, actor: Actor, form_id: str) -> HttpResponse:
    """A form with its questions, as JSON Schema."""
    listed = _listed(form_id)
    schema = services.pack(listed.version_id).form.to_json_schema("en")
    return JsonResponse({**_form(listed), "formSchema": schema})


def _listed(service_id: str) -> Listed:
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


def _form(one: Listed) -> dict[str, Any]:
    return {
        "eFormId": one.slug,
        "name": one.name_en,
        "description": one.summary_en,
        "version": str(one.version_id),
        "latest": True,
    }
