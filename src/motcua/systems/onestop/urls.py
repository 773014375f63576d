"""The doors of the desk, below /mot-cua/."""

from django.urls import path

from motcua.systems.onestop.views import (
    accounts,
    acts,
    application,
    book,
    case,
    counter,
    entrusted,
    home,
    incidents,
    money,
    signing,
    steps,
    work,
)

app_name = "onestop"
CASE = "ho-so/<uuid:case_uuid>/"
VISIT = "quay/<uuid:visit_uuid>/"

urlpatterns = [
    path("", home.home, name="home"),
    path("co-quan/", home.choose_agency, name="agency"),
    path("viec/", work.work, name="work"),
    path("cho-noi-khac/", work.elsewhere, name="elsewhere"),
    path("tim/", work.search, name="search"),
    path("viec/<uuid:task_uuid>/", steps.step, name="step"),
    path("viec/<uuid:task_uuid>/nhan/", steps.take, name="take"),
    path("viec/<uuid:task_uuid>/tra-lai/", steps.give_back, name="give_back"),
    path(CASE, case.case, name="case"),
    path(f"{CASE}giay-to/<uuid:file_uuid>/", case.paper, name="paper"),
    path(f"{CASE}quyet-dinh/<uuid:run_uuid>/chay-lai/", case.replay_decision, name="replay"),
    path(f"{CASE}bien-lai/", book.receipt, name="receipt"),
    path(f"{CASE}nhan-bo-sung/", book.answer_supplement, name="answer_supplement"),
    path(f"{CASE}<slug:slug>/", acts.act, name="act"),
    path("van-ban/<uuid:document_uuid>/", case.document, name="document"),
    path("van-ban/<uuid:document_uuid>/thu-hoi/", case.withdraw, name="withdraw"),
    path("ky/", signing.signing, name="signing"),
    path("ky/ket-qua/", signing.signed, name="signed"),
    path("quay/", counter.counter, name="counter"),
    path("quay/nguoi-nop/", counter.welcome, name="welcome"),
    path("quay/chua-co-so/", counter.stranger, name="stranger"),
    path(VISIT, application.visit, name="visit"),
    path(f"{VISIT}thu-tuc/", counter.choose, name="services"),
    path(f"{VISIT}ket-thuc/", counter.end, name="end_visit"),
    path(f"{VISIT}trang/<str:page_id>/", application.form_page, name="form_page"),
    path(f"{VISIT}giay-to/", application.papers, name="papers"),
    path(f"{VISIT}kiem-tra/", application.check, name="check"),
    path(f"{VISIT}xong/", application.receipt_slip, name="receipt_slip"),
    path(f"{VISIT}viec-khac/", application.next_service, name="next_service"),
    path("tai-khoan/", accounts.find, name="accounts"),
    path("tai-khoan/ma/", accounts.issue, name="account_issue"),
    path("tai-khoan/xac-nhan/<uuid:key_uuid>/", accounts.approve, name="account_approve"),
    path("tai-khoan/<uuid:account_uuid>/<slug:act>/", accounts.turn, name="account_turn"),
    path("dai-dien/", entrusted.entrusted, name="entrusted"),
    path("dai-dien/ghi-nhan/", entrusted.entrust, name="entrust"),
    path("dai-dien/<uuid:attestation>/", entrusted.one, name="entrusted_one"),
    path("dai-dien/<uuid:attestation>/ban-quet/", entrusted.scan, name="entrusted_scan"),
    path("dai-dien/<uuid:attestation>/<slug:act>/", entrusted.look, name="entrusted_act"),
    path("su-co/", incidents.incidents, name="incidents"),
    path("su-co/tien/<int:line_id>/", money.settle_line, name="settle_line"),
    path("su-co/viec-nen/<int:job_id>/lam-lai/", incidents.retry_job, name="retry_job"),
    path("so-theo-doi/", book.register, name="register"),
]
