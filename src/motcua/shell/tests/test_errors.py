"""Errors that a person can mend are said in words, whichever room they come from."""

from __future__ import annotations

import json

import pytest
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from motcua.shell.errors import UserErrors


@pytest.mark.django_db
@pytest.mark.parametrize("typed", ["a\x00b", "a\ud800b"])
def test_what_the_database_cannot_keep_as_text_is_refused_with_words(typed: str) -> None:
    def view(_: HttpRequest) -> HttpResponse:
        with connection.cursor() as cursor:
            cursor.execute("select %s::text", [typed])
        return HttpResponse()

    request = RequestFactory().get("/api/x")
    with pytest.raises(Exception) as refused:  # noqa: PT011 (which one differs by the character)
        view(request)
    answer = UserErrors(view).process_exception(request, refused.value)
    assert answer is not None
    assert answer.status_code == 400
    assert json.loads(answer.content)["status"] == 400


def test_a_fault_of_ours_stays_a_fault() -> None:
    request = RequestFactory().get("/api/x")
    assert (
        UserErrors(lambda _: HttpResponse()).process_exception(request, ValueError("something else")) is None
    )
