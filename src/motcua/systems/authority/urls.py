"""The doors of the signature authority, below /chung-thu/."""

from django.urls import re_path

from motcua.systems.authority.csc import views as csc

app_name = "authority"
urlpatterns = [
    re_path(r"^csc/(?P<version>v1|v2)/(?P<method>[A-Za-z]+(?:/[A-Za-z]+)?)$", csc.call, name="csc"),
]
