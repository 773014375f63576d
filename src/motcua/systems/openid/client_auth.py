"""Which application is talking: by secret, signed assertion (RFC 7523), certificate (RFC 8705)"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, unquote_plus

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from django.conf import settings
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from motcua.systems.openid import clients, jose, limits, spent
from motcua.systems.openid.faults import OAuthError, invalid_client
from motcua.systems.openid.models import Client
from motcua.systems.openid.times import LEEWAY, now, seconds

JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LONGEST_ASSERTION = 10 * 60  # seconds
CERTIFICATE_METHODS = ("tls_client_auth", "self_signed_tls_client_auth")


@dataclass(frozen=True, slots=True)
class Authenticated:
    """The application, and the thumbprint of the certificate its connection showed ("" for none)."""

    client: Client
    certificate: str = ""


def authenticate(request: HttpRequest, form: dict[str, str], *, issuer: str, endpoint: str) -> Authenticated:
    """The application that sent this request, by the one method it registered.

    Raises OAuthError `invalid_client`, the same for an unknown application as for a wrong secret.
    """
    try:
        client = _by_method(request, form, issuer, endpoint)
        if client is None or not clients.is_active(client):
            raise invalid_client()
    except OAuthError:
        limits.failed(request, "client authentication")
        raise
    certificate = certificate_of(request)
    return Authenticated(client, x5t(certificate) if certificate else "")


def certificate_of(request: HttpRequest) -> x509.Certificate | None:
    """The client certificate that the TLS proxy passed on in the header that is set for it; PEM, perhaps escaped."""
    header = settings.MOTCUA_CLIENT_CERTIFICATE_HEADER
    text = unquote(request.headers.get(header, "")) if header else ""
    if not text:
        return None
    try:
        if text.startswith(":"):  # RFC 9440
            return x509.load_der_x509_certificate(base64.b64decode(text.strip(":")))
        return x509.load_pem_x509_certificate(text.replace("\t", "\n").encode())
    except ValueError:
        return None


def _by_method(request: HttpRequest, form: dict[str, str], issuer: str, endpoint: str) -> Client | None:
    header = request.headers.get("Authorization", "")
    ways = [header.lower().startswith("basic "), "client_secret" in form, "client_assertion" in form]
    if sum(ways) > 1:
        raise OAuthError("invalid_request", "authenticate in one way only")
    if ways[0]:
        return _by_basic(header, form)
    if ways[1]:
        return _by_secret(form.get("client_id", ""), form["client_secret"], "client_secret_post")
    if ways[2]:
        return _by_assertion(form, issuer, endpoint)
    client = clients.find(form.get("client_id", ""))
    method = clients.method_of(client) if client else ""
    if method == "none":
        return client
    if client and method in CERTIFICATE_METHODS and _shows_certificate(request, client, method):
        return client
    return None


def _by_basic(header: str, form: dict[str, str]) -> Client | None:
    try:
        name, _, secret = base64.b64decode(header[6:], validate=True).decode().partition(":")
    except ValueError:
        return None
    name = unquote_plus(name)
    if form.get("client_id", name) != name:
        return None
    return _by_secret(name, unquote_plus(secret), "client_secret_basic")


def _by_secret(client_id: str, secret: str, method: str) -> Client | None:
    client = clients.find(client_id)
    kept = client.secret_digest if client else ""
    right = constant_time_compare(jose.digest(secret), kept or jose.digest(""))
    return client if client and kept and right and clients.method_of(client) == method else None


def _by_assertion(form: dict[str, str], issuer: str, endpoint: str) -> Client | None:
    """private_key_jwt (OpenID Connect Core 1.0 section 9; FAPI 2.0: the audience is the issuer and nothing else)."""
    if form.get("client_assertion_type") != JWT_BEARER:
        raise invalid_client()
    assertion = form["client_assertion"]
    try:
        client = clients.find(_issuer_of(assertion))
        if client is None or clients.method_of(client) != "private_key_jwt":
            return None
        claims = jose.verify_by_set(assertion, clients.jwks(client, assertion), _algorithms(client))
    except jose.BadToken as wrong:
        raise invalid_client() from wrong
    audiences = {issuer} if client.fapi else {issuer, endpoint, f"{issuer}/token"}
    _believe(claims, client, audiences)
    if form.get("client_id", client.client_id) != client.client_id:
        raise invalid_client()
    return client


def _believe(claims: dict[str, Any], client: Client, audiences: set[str]) -> None:
    present, expires = seconds(), claims.get("exp")
    audience = claims.get("aud")
    named = audience if isinstance(audience, list) and not client.fapi else [audience]
    good = (
        claims.get("iss") == claims.get("sub") == client.client_id
        and any(isinstance(one, str) and one in audiences for one in named)
        and isinstance(expires, (int, float))
        and present - LEEWAY < expires < present + LONGEST_ASSERTION
        and all(
            isinstance(claims.get(name, 0), (int, float)) and claims.get(name, 0) <= present + LEEWAY
            for name in ("nbf", "iat")
        )
        and isinstance(claims.get("jti"), str)
        and claims["jti"]
    )
    if not good:
        raise invalid_client()
    until = now() + dt.timedelta(seconds=LONGEST_ASSERTION + LEEWAY)
    if not spent.spend("assertion", (client.client_id, claims["jti"]), until):
        raise invalid_client()


def _issuer_of(assertion: str) -> str:
    """Who the assertion says it is from; its signature decides."""
    try:
        return str(json.loads(jose.unb64(assertion.split(".")[1])).get("iss", ""))
    except (ValueError, IndexError, AttributeError) as wrong:
        raise jose.BadToken("not a signed token") from wrong


def _algorithms(client: Client) -> tuple[str, ...]:
    registered = client.metadata.get("token_endpoint_auth_signing_alg")
    return (registered,) if registered else jose.FAPI if client.fapi else jose.ASYMMETRIC


def _shows_certificate(request: HttpRequest, client: Client, method: str) -> bool:
    certificate = certificate_of(request)
    if certificate is None:
        return False
    if method == "tls_client_auth":
        return bool(certificate.subject.rfc4514_string() == client.metadata.get("tls_client_auth_subject_dn"))
    der = base64.b64encode(certificate.public_bytes(Encoding.DER)).decode()
    keys = client.metadata.get("jwks", {}).get("keys", [])
    return any(der in key.get("x5c", []) for key in keys)


def x5t(certificate: x509.Certificate) -> str:
    return jose.b64(hashlib.sha256(certificate.public_bytes(Encoding.DER)).digest())
