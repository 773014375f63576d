"""What the provider says of itself (OpenID Connect Discovery 1.0 section 3, RFC 8414, RFC 9126, RFC 9449)."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from motcua.core import bearers
from motcua.core.identity.relying_party import ACR
from motcua.systems.openid import jose
from motcua.systems.openid.asking import RESPONSE_MODES
from motcua.systems.openid.registration import AUTH_METHODS, GRANT_TYPES
from motcua.systems.openid.telling import AAL, CLAIMS, every_scope


def issuer() -> str:
    return f"{settings.MOTCUA_SITE}/oidc"


def url_of(request: HttpRequest) -> str:
    """The public address of the request, by which proofs and audiences name it."""
    return f"{settings.MOTCUA_SITE}{request.path}"


def configuration() -> dict[str, Any]:
    """The metadata document; the same under both well-known names."""
    place = issuer()
    signing = list(jose.ASYMMETRIC)
    return {
        "issuer": place,
        "authorization_endpoint": f"{place}/authorize",
        "token_endpoint": f"{place}/token",
        "pushed_authorization_request_endpoint": f"{place}/par",
        "userinfo_endpoint": f"{place}/userinfo",
        "jwks_uri": f"{place}/jwks.json",
        "registration_endpoint": f"{place}/register",
        "introspection_endpoint": f"{place}/introspect",
        "revocation_endpoint": f"{place}/revoke",
        "end_session_endpoint": f"{place}/logout",
        "check_session_iframe": f"{place}/check-session",
        "scopes_supported": every_scope(),
        "authorization_details_types_supported": bearers.kinds_of_details(),
        "response_types_supported": ["code"],
        "response_modes_supported": list(RESPONSE_MODES),
        "grant_types_supported": list(GRANT_TYPES),
        "subject_types_supported": ["pairwise"],
        "acr_values_supported": [*ACR.values(), *(f"{AAL}{level}" for level in (1, 2, 3))],
        "id_token_signing_alg_values_supported": [*signing, "none"],
        "userinfo_signing_alg_values_supported": signing,
        "request_object_signing_alg_values_supported": [*signing, "none"],
        "token_endpoint_auth_methods_supported": list(AUTH_METHODS),
        "token_endpoint_auth_signing_alg_values_supported": signing,
        "introspection_endpoint_auth_methods_supported": list(AUTH_METHODS),
        "introspection_endpoint_auth_signing_alg_values_supported": signing,
        "revocation_endpoint_auth_methods_supported": list(AUTH_METHODS),
        "revocation_endpoint_auth_signing_alg_values_supported": signing,
        "dpop_signing_alg_values_supported": signing,
        "code_challenge_methods_supported": ["S256"],
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
        "claim_types_supported": ["normal"],
        "claims_supported": [
            *CLAIMS,
            "iss",
            "aud",
            "exp",
            "iat",
            "auth_time",
            "nonce",
            "acr",
            "aal",
            "amr",
            "sid",
            "act",
        ],
        "claims_parameter_supported": True,
        "request_parameter_supported": True,
        "request_uri_parameter_supported": False,
        "require_request_uri_registration": False,
        "require_pushed_authorization_requests": False,
        "tls_client_certificate_bound_access_tokens": bool(settings.MOTCUA_CLIENT_CERTIFICATE_HEADER),
        "authorization_response_iss_parameter_supported": True,
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
        "ui_locales_supported": ["vi", "en"],
        "claims_locales_supported": ["vi"],
        "display_values_supported": ["page", "popup", "touch"],
        "service_documentation": f"{settings.MOTCUA_SITE}/",
    }
