"""The API's door."""

from django.urls import path

from motcua.systems.intake.api import api

app_name = "intake_urls"
urlpatterns = [path("", api.urls)]
