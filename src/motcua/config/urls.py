"""The doors of the house: each room brings its own urls; this only says where they hang."""

from __future__ import annotations

from importlib.util import find_spec

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

DOORS = {
    "motcua.systems.portal": "",
    "motcua.systems.onestop": "mot-cua/",
    "motcua.systems.studio": "bien-tap/",
    "motcua.systems.authority": "chung-thu/",
    "motcua.systems.staff": "can-bo/",
    "motcua.systems.verification": "kiem-tra/",
    "motcua.systems.transparency": "nhat-ky-cong-khai/",
    "motcua.systems.indicators": "chi-so/",
    "motcua.systems.eid": "vneid/",
    "motcua.systems.openid": "oidc/",
    "motcua.systems.intake": "api/",
    "motcua.systems.bank": "ngan-hang/",
    "motcua.systems.sandboxes": "thu-nghiem/",
    "motcua.systems.dispatch": "van-ban/",
    "motcua.systems.wallet": "",
    "motcua.systems.registers": "co-so-du-lieu/",
    "motcua.systems.exchange": "lien-thong/",
    "motcua.core.identity": "",
    "motcua.shell": "",
}

urlpatterns: list[URLPattern | URLResolver] = [
    path(prefix, include(f"{room}.urls"))
    for room, prefix in DOORS.items()
    if room in settings.INSTALLED_APPS and find_spec(f"{room}.urls")
]
if "motcua.systems.openid" in settings.INSTALLED_APPS:
    urlpatterns += [path(".well-known/", include("motcua.systems.openid.well_known"))]

handler400 = "motcua.shell.views.bad_request"
handler403 = "motcua.shell.views.forbidden"
handler404 = "motcua.shell.views.not_found"
handler500 = "motcua.shell.views.server_error"
