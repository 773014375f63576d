from django.urls import path

from motcua.systems.openid.views import authorizing, leaving, machines, officers, own

app_name = "openid"
urlpatterns = [
    path(".well-known/openid-configuration", machines.configuration, name="configuration"),
    path("jwks.json", machines.jwks, name="jwks"),
    path("authorize", authorizing.authorize, name="authorize"),
    path("tiep/<uuid:uuid>/", authorizing.go_on, name="go_on"),
    path("par", machines.par, name="par"),
    path("token", machines.token, name="token"),
    path("userinfo", machines.userinfo, name="userinfo"),
    path("introspect", machines.introspect, name="introspect"),
    path("revoke", machines.revoke, name="revoke"),
    path("register", machines.register, name="register"),
    path("register/<str:client_id>", machines.registered, name="registered"),
    path("logout", leaving.end_session, name="end_session"),
    path("check-session", leaving.check_session, name="check_session"),
    path("dang-xuat/", leaving.sign_out, name="sign_out"),
    path("ung-dung/", own.applications, name="applications"),
    path("ung-dung/<str:client_id>/", own.leave, name="leave"),
    path("ung-dung/<str:client_id>/thu-hoi/", own.take_back, name="take_back"),
    path("quan-ly/", officers.listed, name="clients"),
    path("quan-ly/dang-ky/", officers.register, name="register_by_hand"),
    path("quan-ly/dang-ky-cong/", officers.register_installation, name="register_installation"),
    path("quan-ly/khoa/", officers.signing_keys, name="keys"),
    path("quan-ly/<str:client_id>/", officers.client, name="client"),
]
