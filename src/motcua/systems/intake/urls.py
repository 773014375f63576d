"""The API's door."""

from django.urls import path

from motcua.systems.intake.api import api

urlpatterns = [path("", api.urls)]
