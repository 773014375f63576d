"""The doors of the exchange, below /lien-thong/."""

from django.urls import path

from motcua.systems.exchange.api import api
from motcua.systems.exchange.views import (
    catalogue,
    desk,
    errands,
    machines,
    offers,
    own,
    rules,
    systems,
    topics,
)

app_name = "exchange"
urlpatterns = [
    path("", desk.home, name="home"),
    path("dang-ky/", desk.apply, name="apply"),
    path("thanh-vien/<uuid:member_uuid>/", desk.member, name="member"),
    path("so-lieu/", desk.figures, name="figures"),
    path("khac-biet/", desk.differences, name="differences"),
    path("thanh-vien/<uuid:member_uuid>/he-thong-moi/", systems.add, name="add_system"),
    path("he-thong/<uuid:system_uuid>/", systems.one, name="system"),
    path("he-thong/<uuid:system_uuid>/dich-vu-moi/", offers.add, name="add_offer"),
    path("he-thong/<uuid:system_uuid>/chu-de-moi/", topics.add, name="add_topic"),
    path("dich-vu/<uuid:service_uuid>/", offers.one, name="offer"),
    path("dich-vu/<uuid:service_uuid>/ban-thao/", offers.draft, name="offer_draft"),
    path("dich-vu/<uuid:service_uuid>/<int:number>/cap-quyen/", offers.grant, name="grant"),
    path("dich-vu/<uuid:service_uuid>/<int:number>/han-muc/", offers.quota, name="quota"),
    path("muc-dich/", rules.purposes, name="purposes"),
    path("nhom/", rules.groups, name="groups"),
    path("han-muc/", rules.limits, name="limits"),
    path("tin-bao/", topics.listed, name="topics"),
    path("tin-bao/<str:code>/", topics.one, name="topic"),
    path("tin-bao/<str:code>/sua/", topics.change, name="change_topic"),
    path("tin-bao/<str:code>/xin-nhan/", topics.subscribe, name="subscribe"),
    path("danh-muc/", catalogue.listed, name="catalogue"),
    path("danh-muc/<uuid:service_uuid>/", catalogue.service, name="service"),
    path("danh-muc/<uuid:service_uuid>/xin-quyen/<int:number>/", catalogue.ask, name="ask"),
    path("de-nghi/<uuid:request_uuid>/", catalogue.decide, name="request"),
    path("chua-xong/", errands.listed, name="errands"),
    path("chua-xong/<uuid:errand_uuid>/", errands.one, name="errand"),
    path("ai-da-hoi/", own.asked, name="asked"),
    path("cau-hinh.json", machines.configuration, name="configuration"),
    path("cau-hinh/<str:key>.json", machines.configuration, name="configuration_by_key"),
    path("khoa-cau-hinh.pem", machines.public_key, name="configuration_key"),
    path("thu/", machines.try_out, name="sandbox"),
    path("thu/<path:path>", machines.try_out, name="sandbox_path"),
    path("api/", api.urls),
]
