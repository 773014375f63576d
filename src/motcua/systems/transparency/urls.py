"""The public log: what it is, who watches it, and how to check it."""

from django.urls import path

from motcua.systems.transparency import views
from motcua.systems.transparency.api import api

app_name = "transparency"
urlpatterns = [
    path("", views.home, name="home"),
    path("verifier.py", views.verifier_file, name="verifier"),
    path("v1/", api.urls),
]
