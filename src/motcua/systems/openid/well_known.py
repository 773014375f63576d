"""The names under which the provider is found from the root of the site (RFC 8414 section 3.1)."""

from django.urls import path

from motcua.systems.openid.views import machines

urlpatterns = [
    path("openid-configuration", machines.configuration),
    path("openid-configuration/oidc", machines.configuration),
    path("oauth-authorization-server", machines.configuration),
    path("oauth-authorization-server/oidc", machines.configuration),
]
