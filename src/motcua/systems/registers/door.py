"""The short way to a record: the one address that other systems read all day.

A signed GET of a record of today is judged; then it is read, logged and counted once in one statement that is a
transaction of its own, before a session is looked for. Whatever is out of the ordinary (a mistake, a consent, a day of
the past, no such record) goes the long way through the API, which says what is to be said.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cached_property
from urllib.parse import unquote

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import NoReverseMatch, reverse

from motcua.core.errors import UserError
from motcua.core.registers import access, queries, reading
from motcua.core.registers import schema as schemas
from motcua.core.registers.reading import Alone, RecordView
from motcua.systems.registers import api


class RecordDoor:
    """Middleware: answers what it can, and hands on everything else."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.method == "GET" and self.address is not None and not request.META.get("QUERY_STRING"):
            asked = self.address.fullmatch(request.path_info)
            if asked is not None:
                found = _found(request, asked["register"], int(asked["version"]), asked["key"])
                if found is not None:
                    return api.told(request, found)
        return self.get_response(request)

    @cached_property
    def address(self) -> re.Pattern[str] | None:
        """Where records are read; None where this installation's face has no such API."""
        try:
            start = re.escape(reverse("registers_api:registers"))
        except NoReverseMatch:
            return None
        return re.compile(
            start + r"(?P<register>[a-z0-9_]+)/v(?P<version>[0-9]{1,4})/records/(?P<key>(?!.*/history$).+)"
        )


def _found(request: HttpRequest, register: str, version: int, key: str) -> RecordView | None:
    """The record; None where the long way has to be gone."""
    use = unquote(request.headers.get("X-Purpose", "")).strip()
    basis = unquote(request.headers.get("X-Legal-Basis", "")).strip()
    if not use or not basis or "\0" in key:
        return None
    try:
        reader, jti = api.reader_of(request)
        actor = api.partner(request, reader)
        schema = schemas.of(register)
        rule = access.rule_for(schema, actor, "read", use, partner=reader.code)
        if rule.consent or not reading.can_look_at_once(schema):
            return None
        return queries.read(
            actor, register, key, purpose=api.purpose_of(rule, basis), use=use, version=version,
            partner=reader.code, alone=Alone(reader.pk, jti),
        )  # fmt: skip
    except UserError:
        return None
