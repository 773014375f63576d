"""The citizen's doors. Paths are Vietnamese words, as people read them aloud."""

from __future__ import annotations

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from motcua.systems.portal.views import acts, apply, cases, finding, home, mandates, mine, papers, pay, people


class Code(StringConverter):
    """The national code of a service: 1.001193."""

    regex = r"\d+\.[\d.]+"


register_converter(Code, "code")

app_name = "portal"
urlpatterns = [
    path("", home.home, name="home"),
    path("tim/", finding.search, name="search"),
    path("thu-tuc/", finding.catalogue, name="catalogue"),
    path("viec/<slug:slug>/", finding.life_event, name="life_event"),
    path("thu-tuc/<code:code>/", finding.by_code, name="by_code"),
    path("thu-tuc/<slug:slug>/", finding.sheet, name="sheet"),
    path("thu-tuc/<slug:slug>/nop/", apply.start, name="start"),
    path("don/<uuid:draft>/", apply.tasks, name="tasks"),
    path("don/<uuid:draft>/trang/<str:page>/", apply.page, name="page"),
    path("don/<uuid:draft>/giay-to/<str:paper>/", papers.paper, name="paper"),
    path("don/<uuid:draft>/noi-nhan/", apply.desk, name="desk"),
    path("don/<uuid:draft>/xem-lai/", apply.check, name="check"),
    path("don/<uuid:draft>/bo/", apply.discard, name="discard"),
    path("ho-so/", cases.cases, name="cases"),
    path("ho-so/<uuid:case>/", cases.case, name="case"),
    path("ho-so/<uuid:case>/da-nop/", cases.confirmation, name="confirmation"),
    path("ho-so/<uuid:case>/lich.ics", cases.calendar, name="calendar"),
    path("ho-so/<uuid:case>/noi-dung/", cases.answers, name="answers"),
    path("ho-so/<uuid:case>/nop-tien/", pay.pay, name="pay"),
    path("ho-so/<uuid:case>/nop-tien/cho/", pay.waiting, name="waiting"),
    path("ho-so/<uuid:case>/bo-sung/", acts.supplement, name="supplement"),
    path("ho-so/<uuid:case>/rut/", acts.withdraw, name="withdraw"),
    path("ho-so/<uuid:case>/danh-gia/", acts.rate, name="rate"),
    path("ho-so/<uuid:case>/khieu-nai/", acts.objection, name="objection"),
    path("ho-so/<uuid:case>/buoc/<uuid:task>/", acts.confirm, name="confirm"),
    path("giay-to/", papers.vault, name="vault"),
    path("giay-to/<uuid:item>/tai/", papers.download_item, name="vault_item"),
    path("van-ban/<uuid:document>/", papers.download_document, name="document"),
    path("tep/<uuid:file>/", papers.download_file, name="file"),
    path("tin/", mine.messages, name="messages"),
    path("tin/<uuid:message>/", mine.message, name="message"),
    path("ai-da-xem/", mine.reads, name="reads"),
    path("thong-tin-lien-he/", people.profile, name="profile"),
    path("lam-thay/", mandates.mandates, name="mandates"),
    path("tai-khoan/thay-mat/", mandates.moved, name="mandates_moved"),
    path("lam-thay/uy-quyen/", mandates.give, name="give_mandate"),
    path("lam-thay/<uuid:attestation>/phan-doi/", mandates.object_to, name="object_to_mandate"),
    path("lam-thay/<uuid:mandate>/thoi/", mandates.end, name="end_mandate"),
    path("chuan-bi-san/<uuid:offer>/", people.offer, name="offer"),
]
