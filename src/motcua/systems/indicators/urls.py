"""Figures for everyone; the cases behind them for those who answer for them."""

from django.urls import path

from motcua.systems.indicators import views

app_name = "indicators"
urlpatterns = [
    path("", views.home, name="home"),
    path("so-lieu.json", views.as_json, name="json"),
    path("ho-so/", views.cases, name="cases"),
]
