"""The public log: what it is, who watches it, and how to check it."""

from django.urls import include, path

from motcua.systems.transparency import views
from motcua.systems.transparency.api import api

pages = [
    path("", views.home, name="home"),
    path("verifier.py", views.verifier_file, name="verifier"),
]
urlpatterns = [
    path("", include((pages, "transparency"))),
    path("v1/", api.urls),  # beside the pages: the API finds its own description by its namespace alone
]
