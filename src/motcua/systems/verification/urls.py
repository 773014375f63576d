"""Where anyone checks what the state has said."""

from django.urls import include, path

from motcua.systems.verification import views
from motcua.systems.verification.api import api

pages = [
    path("", views.home, name="home"),
    path("tep/", views.by_file, name="by_file"),
    path("bao-cao/", views.report_file, name="report_file"),
    path("bo-tin-cay.zip", views.trust_bundle, name="trust_bundle"),
    path("danh-sach-tin-cay/", views.trusted, name="trusted"),
    path("tin-cay/<str:name>", views.trust_file, name="trust_file"),
    path("ocsp", views.ocsp, name="ocsp"),
    path("<str:code>/", views.by_code, name="by_code"),
    path("<str:code>/chung-minh.json", views.log_proof, name="log_proof"),
]
urlpatterns = [
    path("api/v1/", api.urls),  # beside the pages: the API finds its own description by its namespace alone
    path("", include((pages, "verification"))),
]
