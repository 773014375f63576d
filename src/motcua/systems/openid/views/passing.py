"""Sending the browser back to an application (OAuth 2.0 Multiple Response Type Encoding Practices, Form Post 1.0)."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.html import format_html, format_html_join

from motcua.systems.openid.discovery import issuer

SEE_OTHER = 303


class AnyRedirect(HttpResponseRedirect):
    """Applications on phones return by schemes of their own; each address was registered and approved."""

    status_code = SEE_OTHER

    def __init__(self, url: str) -> None:
        self.allowed_schemes = [urlsplit(url).scheme]
        super().__init__(url)


def answer(
    request: HttpRequest,
    name: str,
    uri: str,
    mode: str,
    state: str,
    said: Mapping[str, str],
    *,
    after_a_page: bool,
) -> HttpResponse:
    """Carry `said` to `uri`, with our issuer beside it (RFC 9207)."""
    told = {**said, **({"state": state} if state else {}), "iss": issuer()}
    if mode == "form_post":
        return _form(request, name, uri, told)
    return send(request, name, with_query(uri, told), after_a_page=after_a_page)


def send(request: HttpRequest, name: str, url: str, *, after_a_page: bool) -> HttpResponse:
    """Redirect; after a form of ours by a page that goes on by itself, since `form-action` governs redirects too."""
    if not after_a_page:
        return AnyRedirect(url)
    response = render(request, "openid/pass_on.jinja", {"name": name, "href": url})
    response.headers["Refresh"] = f"0; url={url}"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def with_query(uri: str, more: Mapping[str, str]) -> str:
    parts = urlsplit(uri)
    query = urlencode([*parse_qsl(parts.query, keep_blank_values=True), *more.items()])
    return urlunsplit(parts._replace(query=query))


def _form(request: HttpRequest, name: str, uri: str, told: Mapping[str, str]) -> HttpResponse:
    """A form for another site: it holds no token of ours, which that site must not learn."""
    fields = format_html_join("", '<input type="hidden" name="{}" value="{}">', told.items())
    form = format_html('<form method="post" action="{}" id="pass-on">{}</form>', uri, fields)
    response = render(request, "openid/form_post.jinja", {"name": name, "form": form})
    parts = urlsplit(uri)
    response.headers["Content-Security-Policy"] = (
        f"default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; "
        f"form-action {parts.scheme}://{parts.netloc}"
    )
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
