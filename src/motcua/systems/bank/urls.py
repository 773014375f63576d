"""The sandbox bank's own pages, and the door at which any gateway tells us of payments."""

from django.urls import path

from motcua.systems.bank import views

app_name = "bank"
urlpatterns = [
    path("thong-bao/<str:provider>/", views.notice, name="notice"),
    path("<uuid:attempt_uuid>/", views.pay, name="pay"),
]
