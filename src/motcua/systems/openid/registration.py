"""Dynamic registration (RFC 7591, 7592): read what an application says of itself; an officer approves it afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.crypto import constant_time_compare

from motcua.core.errors import UserError
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import SYSTEM, Actor
from motcua.core.outbound import anywhere
from motcua.core.outbound.faults import Silent
from motcua.core.words import legible
from motcua.systems.openid import clients, jose
from motcua.systems.openid.faults import UNAUTHORISED, OAuthError
from motcua.systems.openid.models import Client, ClientState
from motcua.systems.openid.telling import every_scope

AUTH_METHODS = (
    "client_secret_basic",
    "client_secret_post",
    "private_key_jwt",
    "tls_client_auth",
    "self_signed_tls_client_auth",
    "none",
)
GRANT_TYPES = ("authorization_code", "refresh_token", "client_credentials")
SIGNING = (*jose.ASYMMETRIC, "none")
CHOICES: dict[str, tuple[str, ...]] = {
    "token_endpoint_auth_method": AUTH_METHODS,
    "token_endpoint_auth_signing_alg": jose.ASYMMETRIC,
    "id_token_signed_response_alg": SIGNING,
    "userinfo_signed_response_alg": jose.ASYMMETRIC,
    "request_object_signing_alg": SIGNING,
    "application_type": ("web", "native"),
    "subject_type": ("pairwise",),
}
DEFAULTS = {
    "token_endpoint_auth_method": "client_secret_basic",
    "id_token_signed_response_alg": "ES256",
    "application_type": "web",
    "subject_type": "pairwise",
}
SWITCHES = (
    "require_pushed_authorization_requests",
    "require_signed_request_object",
    "dpop_bound_access_tokens",
    "tls_client_certificate_bound_access_tokens",
    "backchannel_logout_session_required",
    "dpop_nonce_required",
)
ADDRESSES = ("client_uri", "logo_uri", "policy_uri", "tos_uri")
LISTS = ("contacts", "resource")
LOOPBACK = {"127.0.0.1", "::1", "localhost"}
LONGEST = 2000
MOST = 20


def read(said: Mapping[str, Any]) -> dict[str, Any]:
    """The metadata that we keep of what was said (RFC 7591 section 2). OAuthError names what is wrong.

    `purposes` maps a scope to the sentence that people are shown, `resource` lists the audiences it may ask for.
    """
    kept: dict[str, Any] = {"client_name": _name(said)}
    for name, known in CHOICES.items():
        value = said.get(name, DEFAULTS.get(name))
        if value is not None:
            if value not in known:
                raise _bad(f"{name} is one of {', '.join(known)}")
            kept[name] = value
    kept |= {name: True for name in SWITCHES if said.get(name) is True}
    kept["grant_types"] = _grants(said)
    if kept["grant_types"] == ["client_credentials"] and not said.get("redirect_uris"):
        kept["redirect_uris"] = []  # nobody signs in to it: it speaks for itself
    else:
        kept["redirect_uris"] = _redirect_uris(said, kept["application_type"])
    if "client_credentials" in kept["grant_types"] and kept["token_endpoint_auth_method"] == "none":
        raise _bad("client_credentials takes an application that authenticates")
    kept["response_types"] = ["code"]
    if said.get("response_types", ["code"]) != ["code"]:
        raise _bad("response_types is [code]")
    kept["scope"] = _scope(said)
    kept |= _addresses(said) | _keys(said, kept) | _lists(said) | _logout(said) | _sector(said, kept)
    kept["purposes"] = _purposes(said)
    if "default_max_age" in said:
        kept["default_max_age"] = _seconds(said, "default_max_age")
    if kept["token_endpoint_auth_method"] == "tls_client_auth":
        kept["tls_client_auth_subject_dn"] = _text(said, "tls_client_auth_subject_dn")
    return kept


def register(said: Mapping[str, Any], registration_uri: str) -> dict[str, Any]:
    """Take an application in; it waits for an officer. The answer of RFC 7591 section 3.2.1."""
    metadata = read(said)
    uses_secret = metadata["token_endpoint_auth_method"].startswith("client_secret")
    secret, access = clients.new_secret() if uses_secret else "", clients.new_secret()
    client = clients.keep(metadata["client_name"], metadata, secret=secret)
    client.registration_digest = jose.digest(access)
    client.save(update_fields=["registration_digest"])
    emit("openid.client_registered", SYSTEM, subject=("openid_client", client.pk), data={"name": client.name})
    told = describe(client, registration_uri)
    told |= {"registration_access_token": access}
    return told | ({"client_secret": secret, "client_secret_expires_at": 0} if secret else {})


def by_hand(actor: Actor, said: Mapping[str, Any]) -> tuple[Client, str]:
    """An officer registers an application for its makers: it, and its secret ("" where it has none). OAuthError."""
    return take_in(actor, read(said))


def take_in(actor: Actor, metadata: dict[str, Any], *, first_party: bool = False) -> tuple[Client, str]:
    """It waits for approval like any other. The same said twice is one application."""
    waiting = Client.objects.filter(state=ClientState.PENDING, name=metadata["client_name"])
    again = next((one for one in waiting if one.metadata == metadata), None)
    if again is not None:
        return again, ""
    secret = (
        clients.new_secret() if metadata["token_endpoint_auth_method"].startswith("client_secret") else ""
    )
    client = clients.keep(metadata["client_name"], metadata, secret=secret, first_party=first_party)
    emit("openid.client_registered", actor, subject=("openid_client", client.pk), data={"name": client.name})
    return client, secret


def describe(client: Client, registration_uri: str) -> dict[str, Any]:
    """What we know of it; `registration_state` says whether an officer has approved it."""
    return {
        **client.metadata,
        "client_id": client.client_id,
        "client_id_issued_at": int(client.created_at.timestamp()),
        "registration_client_uri": f"{registration_uri}/{client.client_id}",
        "registration_state": client.state,
    }


def own(client_id: str, token: str) -> Client:
    """The application whose registration access token this is (RFC 7592). OAuthError `invalid_token`."""
    client = clients.find(client_id)
    kept = client.registration_digest if client else ""
    if not constant_time_compare(jose.digest(token), kept or jose.digest("")) or not client or not kept:
        raise OAuthError("invalid_token", "not the registration access token", status=UNAUTHORISED)
    return client


def change(client: Client, said: Mapping[str, Any]) -> None:
    """Replace what it says of itself; what an officer approved changes only by an officer, so it waits again."""
    if said.get("client_id") != client.client_id:
        raise _bad("client_id is another")
    before, metadata = client.metadata, read(said)
    if metadata != before:
        client.metadata, client.name = metadata, metadata["client_name"]
        if client.state == ClientState.APPROVED:
            client.state = ClientState.PENDING
        client.save()
        emit("openid.client_changed", SYSTEM, subject=("openid_client", client.pk))


def remove(client: Client) -> None:
    """It wants to be known no more; the rows stay for those who signed in to it."""
    client.state, client.reason, client.registration_digest = ClientState.REFUSED, "deregistered", ""
    client.secret_digest = ""
    client.save()
    emit("openid.client_removed", SYSTEM, subject=("openid_client", client.pk))


def _name(said: Mapping[str, Any]) -> str:
    name = _legible(str(said.get("client_name") or ""), "client_name")
    if not 2 <= len(name) <= 80:
        raise _bad("client_name has 2 to 80 letters")
    return name


def _legible(typed: str, name: str) -> str:
    try:
        return legible(typed)
    except UserError as wrong:
        raise _bad(f"{name} is not text") from wrong


def _redirect_uris(said: Mapping[str, Any], kind: str) -> list[str]:
    uris = said.get("redirect_uris")
    if not isinstance(uris, list) or not 1 <= len(uris) <= MOST:
        raise OAuthError("invalid_redirect_uri", "redirect_uris holds 1 to 20 addresses")
    for uri in uris:
        if not isinstance(uri, str) or not may_redirect_to(uri, kind):
            raise OAuthError(
                "invalid_redirect_uri", f"{str(uri)[:200]} is not an https address without a fragment"
            )
    return uris


def may_redirect_to(uri: str, kind: str = "web") -> bool:
    """https; plain http only back to the same machine (RFC 8252 section 7.3) or in a sandbox."""
    try:
        parts = urlsplit(uri)
    except ValueError:
        return False
    if len(uri) > LONGEST or "#" in uri or any(ord(letter) <= 32 for letter in uri) or parts.username:
        return False
    if parts.scheme == "https":
        return bool(parts.hostname)
    if parts.scheme == "http":
        return parts.hostname in LOOPBACK and (kind == "native" or settings.MOTCUA_SANDBOX)
    return kind == "native" and "." in parts.scheme


def _grants(said: Mapping[str, Any]) -> list[str]:
    grants = said.get("grant_types", ["authorization_code"])
    if (
        not isinstance(grants, list)
        or not set(grants) <= set(GRANT_TYPES)
        or not {"authorization_code", "client_credentials"} & set(grants)
    ):
        raise _bad(f"grant_types are of {', '.join(GRANT_TYPES)}")
    return sorted(set(grants))


def _scope(said: Mapping[str, Any]) -> str:
    wanted = str(said.get("scope", "openid")).split()
    return " ".join(scope for scope in every_scope() if scope in wanted or scope == "openid")


def _addresses(said: Mapping[str, Any]) -> dict[str, str]:
    found = {name: said[name] for name in ADDRESSES if said.get(name)}
    for name, uri in found.items():
        if not isinstance(uri, str) or not may_redirect_to(uri):
            raise _bad(f"{name} is not an https address")
    return found


def _keys(said: Mapping[str, Any], kept: Mapping[str, Any]) -> dict[str, Any]:
    if "jwks" in said and "jwks_uri" in said:
        raise _bad("give jwks or jwks_uri, not both")
    if "jwks" in said:
        keys = said["jwks"].get("keys") if isinstance(said["jwks"], dict) else None
        if not isinstance(keys, list) or not 1 <= len(keys) <= MOST:
            raise _bad("jwks holds 1 to 20 keys")
        try:
            for key in keys:
                jose.public_key(key)
        except jose.BadToken as wrong:
            raise _bad(f"jwks: {wrong}") from wrong
        return {"jwks": {"keys": keys}}
    if "jwks_uri" in said:
        return {"jwks_uri": _reachable(said, "jwks_uri")}
    if kept["token_endpoint_auth_method"] in ("private_key_jwt", "self_signed_tls_client_auth"):
        raise _bad("jwks or jwks_uri is needed")
    return {}


def _lists(said: Mapping[str, Any]) -> dict[str, list[str]]:
    found = {name: said[name] for name in LISTS if said.get(name)}
    for name, texts in found.items():
        if not isinstance(texts, list) or len(texts) > MOST or not all(isinstance(one, str) for one in texts):
            raise _bad(f"{name} is a list of texts")
    for uri in found.get("resource", []):
        if not urlsplit(uri).scheme or "#" in uri:
            raise _bad("resource holds absolute addresses without a fragment")
    return found


def _logout(said: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    uris = said.get("post_logout_redirect_uris", [])
    if uris:
        if not isinstance(uris, list) or not all(
            isinstance(uri, str) and may_redirect_to(uri, "native") for uri in uris
        ):
            raise _bad("post_logout_redirect_uris are https addresses")
        found["post_logout_redirect_uris"] = uris
    if said.get("backchannel_logout_uri"):
        found["backchannel_logout_uri"] = _reachable(said, "backchannel_logout_uri")
    return found


def _sector(said: Mapping[str, Any], kept: Mapping[str, Any]) -> dict[str, str]:
    """One host for all, or a file that lists them (OpenID Connect Registration 1.0 section 5)."""
    if not said.get("sector_identifier_uri"):
        if len({urlsplit(uri).hostname for uri in kept["redirect_uris"]}) > 1:
            raise _bad("redirect_uris of several hosts need a sector_identifier_uri")
        return {}
    uri = _reachable(said, "sector_identifier_uri")
    try:
        listed = anywhere.ask_json(uri, stranger=True)
    except Silent as wrong:
        raise _bad("sector_identifier_uri cannot be read") from wrong
    if not isinstance(listed, list) or not set(kept["redirect_uris"]) <= set(map(str, listed)):
        raise _bad("sector_identifier_uri does not list every redirect_uri")
    return {"sector_identifier_uri": uri}


def _purposes(said: Mapping[str, Any]) -> dict[str, str]:
    given = said.get("purposes", {})
    if not isinstance(given, dict):
        raise _bad("purposes maps a scope to a sentence")
    known = every_scope()
    return {
        scope: _legible(sentence, "purposes")[:300]
        for scope, sentence in given.items()
        if scope in known and isinstance(sentence, str)
    }


def _reachable(said: Mapping[str, Any], name: str) -> str:
    uri = said[name]
    try:
        anywhere.check(str(uri))
    except Silent as wrong:
        raise _bad(f"{name}: an https address that can be reached is needed") from wrong
    return str(uri)


def _seconds(said: Mapping[str, Any], name: str) -> int:
    value = said[name]
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise _bad(f"{name} is a number of seconds")
    return value


def _text(said: Mapping[str, Any], name: str) -> str:
    value = said.get(name)
    if not isinstance(value, str) or not value:
        raise _bad(f"{name} is needed")
    return value


def _bad(why: str) -> OAuthError:
    return OAuthError("invalid_client_metadata", why)
