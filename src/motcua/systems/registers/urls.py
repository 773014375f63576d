"""Registers: what they are, their keepers' pages, what they hold of me, and the API."""

from django.urls import include, path

from motcua.systems.registers.api import api

pages: list = []
urlpatterns = [
    path("", include((pages, "registers"))),
    path("api/", api.urls),  # beside the pages: the API finds its own addresses by its namespace alone
]
