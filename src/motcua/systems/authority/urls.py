"""The doors of the signature authority, below /chung-thu/."""

from django.urls import path, re_path

from motcua.systems.authority.csc import views as csc
from motcua.systems.authority.views import public

app_name = "authority"
urlpatterns = [
    path("", public.home, name="home"),
    path("quy-che/", public.practice, name="practice"),
    path("tra/<str:serial>.json", public.standing, name="standing"),
    re_path(r"^ca/(?P<name>[a-z]+)\.(?P<kind>cer|pem|crl)$", public.authority_file, name="file"),
    path("ocsp/<slug:name>", public.ocsp, name="ocsp"),
    path("ocsp/<slug:name>/<path:question>", public.ocsp_get, name="ocsp_get"),
    path("dau-thoi-gian", public.time_stamp, name="time_stamp"),
    re_path(r"^csc/(?P<version>v1|v2)/(?P<method>[A-Za-z]+(?:/[A-Za-z]+)?)$", csc.call, name="csc"),
]
