"""Which registers there are, what each holds, who may read it for what: for everybody."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from motcua.core.identity.access import PUBLIC, policy
from motcua.core.organisations.models import Agency
from motcua.core.registers import schema as schemas
from motcua.core.registers.models import Register, SchemaVersion
from motcua.systems.registers.views.common import lang_of, show


@policy(PUBLIC)
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """The registers, each with its owner in a sentence."""
    rows = list(Register.objects.filter(version__gt=0).order_by("name"))
    owners = dict(
        Agency.objects.filter(code__in=[row.owner_agency_code for row in rows]).values_list("code", "name")
    )
    english = lang_of(request) == "en"
    listed = [
        {
            "slug": row.slug,
            "name": row.name_en if english else row.name,
            "owner": owners.get(row.owner_agency_code, row.owner_agency_code),
            "law": row.legal_basis,
        }
        for row in rows
    ]
    return show(request, "home", registers=listed)


@policy(PUBLIC)
@require_GET
def register(request: HttpRequest, register: str) -> HttpResponse:
    """One register: its attributes with their masters, and who may read which of them, by which law."""
    schema = schemas.of(register)
    versions = SchemaVersion.objects.filter(register_id=register, state="published").order_by("-number")
    names = dict(Register.objects.values_list("slug", "name_en" if lang_of(request) == "en" else "name"))
    return show(
        request, "register", schema=schema, lang=lang_of(request), versions=list(versions), names=names
    )
