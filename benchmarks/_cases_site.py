"""The site with two doors: the last button of an application, answered as the portal answers it, and a work list."""

from __future__ import annotations

import os
import uuid

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "motcua.config.settings")

from django.conf import settings
from django.core.wsgi import get_wsgi_application

settings.ROOT_URLCONF = __name__
application = get_wsgi_application()

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect  # noqa: E402
from django.urls import path  # noqa: E402

from motcua.core.cases import actions, queries  # noqa: E402
from motcua.core.identity.access import policy  # noqa: E402


@policy("citizen")
def press(request: HttpRequest, draft: uuid.UUID) -> HttpResponse:
    made = actions.submit_draft(request.actor, draft)  # type: ignore[attr-defined]
    return HttpResponseRedirect(f"/ho-so/{made.case_uuid}/")


@policy("officer")
def work(request: HttpRequest, agency: int) -> HttpResponse:
    rows = queries.work_list(request.actor, agency, "one_stop")  # type: ignore[attr-defined]
    return HttpResponse("\n".join(f"{row.number} {row.title} {row.applicant_name}" for row in rows))


urlpatterns = [path("bench/<uuid:draft>/", press), path("bench/list/<int:agency>/", work)]
