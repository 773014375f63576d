from django.urls import path

from motcua.systems.eid import views

app_name = "eid"
urlpatterns = [
    path("authorize", views.authorize, name="authorize"),
    path("dang-nhap/", views.sign_in, name="sign_in"),
    path("dong-y/", views.consent, name="consent"),
    path("huy/", views.cancel, name="cancel"),
    path("token", views.token, name="token"),
    path("jwks.json", views.jwks, name="jwks"),
    path(".well-known/openid-configuration", views.configuration, name="configuration"),
]
