"""The wallet: pages below `vi-so/`, and the addresses that the standards fix at the root."""

from django.urls import path

from motcua.systems.wallet import desk, endpoints, papers, relying, shop, views

app_name = "wallet"
urlpatterns = [
    path(".well-known/openid-credential-issuer", endpoints.issuer_metadata, name="issuer_metadata"),
    path(".well-known/jwt-vc-issuer", endpoints.jwt_vc_issuer, name="jwt_vc_issuer"),
    path(".well-known/oauth-authorization-server/vi-so", endpoints.authorization_server, name="server"),
    path("vi-so/token", endpoints.token, name="token"),
    path("vi-so/nonce", endpoints.nonce, name="nonce"),
    path("vi-so/credential", endpoints.credential, name="credential"),
    path("vi-so/notification", endpoints.notification, name="notification"),
    path("vi-so/loai/<slug:name>", endpoints.type_, name="type"),
    path("vi-so/tinh-trang/<int:page>", endpoints.status, name="status"),
    path("vi-so/moi/<uuid:offer>", endpoints.offer_object, name="offer_object"),
    path("vi-so/api/hoi", relying.ask, name="ask_from_outside"),
    path("vi-so/api/hoi/<uuid:question>", relying.result, name="result"),
    path("vi-so/hoi/<uuid:question>", endpoints.request_object, name="request_object"),
    path("vi-so/hoi/<uuid:question>/tra-loi", endpoints.response, name="response"),
    path("vi-so/", views.home, name="home"),
    path("vi-so/them/<uuid:document>/", views.add, name="add"),
    path("vi-so/cho-xem/<uuid:document>/", views.choose, name="choose"),
    path("vi-so/dang-cho-xem/<uuid:showing>/", views.showing, name="showing"),
    path("vi-so/xem/<str:code>/", views.see, name="see"),
    path("vi-so/dong-y/<uuid:question>/", views.agree, name="agree"),
    path("vi-so/don/<uuid:draft>/<slug:paper>/", papers.prove, name="prove"),
    path("vi-so/ban/", desk.home, name="desk"),
    path("vi-so/ban/<uuid:question>/", desk.question, name="question"),
    path("vi-so/ban/<uuid:question>/tinh-trang/", desk.standing, name="standing"),
    path("vi-so/kiem-tra-tuoi/", shop.home, name="shop"),
    path("vi-so/kiem-tra-tuoi/<uuid:question>/", shop.question, name="shop_question"),
    path("vi-so/kiem-tra-tuoi/<uuid:question>/tinh-trang/", shop.standing, name="shop_standing"),
]
