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
from motcua.systems.exchange.views.base import legible

app_name = "exchange"
urlpatterns = [
    path("", legible(desk.home), name="home"),
    path("dang-ky/", legible(desk.apply), name="apply"),
    path("thanh-vien/<uuid:member_uuid>/", legible(desk.member), name="member"),
    path("so-lieu/", legible(desk.figures), name="figures"),
    path("khac-biet/", legible(desk.differences), name="differences"),
    path("thanh-vien/<uuid:member_uuid>/he-thong-moi/", legible(systems.add), name="add_system"),
    path("he-thong/<uuid:system_uuid>/", legible(systems.one), name="system"),
    path("he-thong/<uuid:system_uuid>/sua/", legible(systems.change), name="change_system"),
    path("he-thong/<uuid:system_uuid>/dich-vu-moi/", legible(offers.add), name="add_offer"),
    path("he-thong/<uuid:system_uuid>/chu-de-moi/", legible(topics.add), name="add_topic"),
    path("dich-vu/<uuid:service_uuid>/", legible(offers.one), name="offer"),
    path("dich-vu/<uuid:service_uuid>/ban-thao/", legible(offers.draft), name="offer_draft"),
    path("dich-vu/<uuid:service_uuid>/<int:number>/cap-quyen/", legible(offers.grant), name="grant"),
    path("dich-vu/<uuid:service_uuid>/<int:number>/han-muc/", legible(offers.quota), name="quota"),
    path("muc-dich/", legible(rules.purposes), name="purposes"),
    path("nhom/", legible(rules.groups), name="groups"),
    path("han-muc/", legible(rules.limits), name="limits"),
    path("tin-bao/", legible(topics.listed), name="topics"),
    path("tin-bao/<str:code>/", legible(topics.one), name="topic"),
    path("tin-bao/<str:code>/sua/", legible(topics.change), name="change_topic"),
    path("tin-bao/<str:code>/xin-nhan/", legible(topics.subscribe), name="subscribe"),
    path("danh-muc/", legible(catalogue.listed), name="catalogue"),
    path("danh-muc/<uuid:service_uuid>/", legible(catalogue.service), name="service"),
    path("danh-muc/<uuid:service_uuid>/xin-quyen/<int:number>/", legible(catalogue.ask), name="ask"),
    path("de-nghi/<uuid:request_uuid>/", legible(catalogue.decide), name="request"),
    path("chua-xong/", legible(errands.listed), name="errands"),
    path("chua-xong/<uuid:errand_uuid>/", legible(errands.one), name="errand"),
    path("ai-da-hoi/", legible(own.asked), name="asked"),
    path("cau-hinh.json", machines.configuration, name="configuration"),
    path("cau-hinh/<str:key>.json", machines.configuration, name="configuration_by_key"),
    path("khoa-cau-hinh.pem", machines.public_key, name="configuration_key"),
    path("thu/", machines.try_out, name="sandbox"),
    path("thu/<path:path>", machines.try_out, name="sandbox_path"),
    path("api/", api.urls),
]
