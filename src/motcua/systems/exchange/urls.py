"""The doors of the exchange, below /lien-thong/."""

from django.urls import path

from motcua.systems.exchange.api import api
from motcua.systems.exchange.views import machines

app_name = "exchange"
urlpatterns = [
    path("cau-hinh.json", machines.configuration, name="configuration"),
    path("cau-hinh/<str:key>.json", machines.configuration, name="configuration_by_key"),
    path("khoa-cau-hinh.pem", machines.public_key, name="configuration_key"),
    path("thu/", machines.try_out, name="sandbox"),
    path("thu/<path:path>", machines.try_out, name="sandbox_path"),
    path("api/", api.urls),
]
