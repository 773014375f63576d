"""The doors of the signature authority, below /chung-thu/."""

from django.urls import path

from motcua.systems.authority.csc import views as csc
from motcua.systems.authority.views import approval, authorities, desk, device, public

app_name = "authority"
urlpatterns = [
    path("", public.home, name="home"),
    path("quy-che/", public.practice, name="practice"),
    path("tra/<str:serial>.json", public.standing, name="standing"),
    path("ca/<slug:name>.<slug:kind>", public.authority_file, name="file"),
    path("thong-bao/<slug:name>.<slug:kind>", public.notice, name="notice"),
    path("ocsp/<slug:name>", public.ocsp, name="ocsp"),
    path("ocsp/<slug:name>/<path:question>", public.ocsp_get, name="ocsp_get"),
    path("dau-thoi-gian", public.time_stamp, name="time_stamp"),
    path("to-chuc/", authorities.overview, name="authorities"),
    path("to-chuc/de-nghi.json", authorities.order, name="order"),
    path("to-chuc/tra-loi/", authorities.take_answer, name="take_answer"),
    path("to-chuc/thu-hoi/<uuid:asked_uuid>/", authorities.settle_revocation, name="settle_revocation"),
    path("to-chuc/cap-lai/", authorities.anew, name="anew"),
    path("to-chuc/<slug:name>/thu-hoi/", authorities.revoke, name="disown"),
    path("so/", desk.listed, name="certificates"),
    path("so/<str:serial>/", desk.one, name="certificate"),
    path("so/<slug:serial>.<slug:kind>", desk.download, name="download"),
    path("so/<str:serial>/<slug:name>/", desk.act, name="act"),
    path("de-nghi/", desk.ask, name="ask"),
    path("de-nghi/<uuid:request_uuid>/", desk.request_page, name="request"),
    path("de-nghi/<uuid:request_uuid>/duyet/", desk.settle, name="settle"),
    path("ky-thiet-bi/", device.choose, name="device"),
    path("ky-thiet-bi/<uuid:pairing_uuid>/", device.round_, name="device_round"),
    path("may-ky/ghep", device.pair, name="agent_pair"),
    path("may-ky/ky", device.hand_in, name="agent_hand_in"),
    path("may-ky/loi", device.tell_fault, name="agent_fault"),
    path("dong-y-ky/<uuid:approval_uuid>/", approval.agree, name="agree"),
    path("csc/<slug:version>/<path:method>", csc.call, name="csc"),
]
