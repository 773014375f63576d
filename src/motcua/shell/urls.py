"""Doors of the shell itself."""

from django.conf import settings
from django.urls import path

from motcua.shell import views

app_name = "shell"
urlpatterns = [path("kha-nang-tiep-can/", views.accessibility, name="accessibility")]
if settings.MOTCUA_SANDBOX:
    urlpatterns.append(path("mau-trang/", views.styleguide, name="styleguide"))
