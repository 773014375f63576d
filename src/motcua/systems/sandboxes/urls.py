"""Each sandbox server has its own folder; what lies below is its own business."""

from django.urls import path

from motcua.systems.sandboxes import views

app_name = "sandboxes"
urlpatterns = [
    path("<slug:server>", views.serve, name="server"),
    path("<slug:server>/<path:path>", views.serve, name="below"),
]
