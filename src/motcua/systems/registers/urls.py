"""Registers: what they are, what they hold of me, their keepers' desk, and the API."""

from django.urls import URLPattern, include, path

from motcua.systems.registers.api import api
from motcua.systems.registers.views import desk, doubting, mine, public, readers, schemas

pages: list[URLPattern] = [
    path("", public.home, name="home"),
    path("so/<slug:register>/", public.register, name="register"),
    path("cua-toi/", mine.data, name="mine"),
    path("cua-toi/sai/<slug:register>/<slug:attribute>/", doubting.own, name="wrong"),
    path("don/<uuid:draft>/sai/<str:path>/", doubting.in_application, name="wrong_in_application"),
    path("ban/ho-so/<uuid:case>/sai/<str:path>/", doubting.in_case, name="wrong_in_case"),
    path("dong-y/", mine.consents, name="consents"),
    path("dong-y/<slug:agreement>/", mine.agree, name="agree"),
    path("dong-y/ban-ky/<uuid:consent>/", mine.signed_copy, name="signed_consent"),
    path("dong-y/rut/<uuid:consent>/", mine.withdraw, name="withdraw"),
    path("ban/", desk.home, name="desk"),
    path("ban/dinh-chinh/", desk.corrections_list, name="corrections"),
    path("ban/dinh-chinh/<uuid:correction>/", desk.correction, name="correction"),
    path("ban/dinh-chinh/<uuid:correction>/giay-to/", desk.evidence, name="evidence"),
    path("ban/he-thong/", readers.listed, name="readers"),
    path("ban/he-thong/moi/", readers.new, name="reader_new"),
    path("ban/he-thong/<uuid:reader>/", readers.one, name="reader"),
    path("ban/<slug:register>/", desk.search, name="search"),
    path("ban/<slug:register>/dong/<int:record>/", desk.record, name="record"),
    path("ban/<slug:register>/nhap/", desk.import_file, name="import"),
    path("ban/<slug:register>/xuat/", desk.export_file, name="export"),
    path("ban/<slug:register>/luoc-do/", schemas.draft, name="draft"),
    path("ban/<slug:register>/luoc-do/<int:version>/", schemas.version, name="version"),
]
urlpatterns = [
    path("", include((pages, "registers"))),
    path("api/", api.urls),  # beside the pages: the API finds its own addresses by its namespace alone
]
