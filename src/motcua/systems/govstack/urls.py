"""The face's own URL configuration, at the root of its own port: today's spelling and the older one, side by side."""

from django.http import HttpRequest, JsonResponse
from django.urls import include, path

from motcua.systems.govstack import mediator, registration, registries

RECORD = "data/<slug:registry>/<str:version>"
WHO = "<str:instance>/<str:member_class>/<str:member_code>/<str:application>"

patterns = [
    path("data/myPersonalDataUsage", registries.personal_data_usage, name="usage"),
    path("data/MyPersonalDataUsage/1.0", registries.personal_data_usage),
    path("databases", registries.databases, name="databases"),
    path("database/<int:database_id>", registries.database, name="database"),
    path(RECORD, registries.listing, name="listing"),
    path(f"{RECORD}/create", registries.create, name="create"),
    path(f"{RECORD}/read", registries.read, name="read"),
    path(f"{RECORD}/exists", registries.exists, name="exists"),
    path(f"{RECORD}/update", registries.update, name="update"),
    path(f"{RECORD}/updateEntries", registries.update_entries, name="update_entries"),
    path(f"{RECORD}/update-entries", registries.update_entries),
    path(f"{RECORD}/updateOrCreate", registries.update_or_create, name="update_or_create"),
    path(f"{RECORD}/update-or-create", registries.update_or_create),
    path(f"{RECORD}/<str:key>/delete", registries.delete, name="delete"),
    path(f"{RECORD}/<str:key>/readValue/<str:field>.<slug:ext>", registries.read_value, name="read_value"),
    path(f"{RECORD}/<str:key>/read-value/<str:field>.<slug:ext>", registries.read_value),
    path("services", registration.service_list, name="services"),
    path("services/<str:service_id>", registration.service, name="service"),
    path("services/<str:service_id>/eForms", registration.forms_of, name="forms"),
    path("eForms/<str:form_id>", registration.form, name="form"),
    path("listClients", mediator.list_clients, name="list_clients"),
]
for prefix in ("r1/", ""):
    patterns += [
        path(f"{prefix}{WHO}/listMethods", mediator.list_methods),
        path(f"{prefix}{WHO}/allowedMethods", mediator.allowed_methods),
        path(f"{prefix}{WHO}/getOpenAPI", mediator.openapi),
    ]
urlpatterns = [path("", include((patterns, "govstack")))]


def not_found(request: HttpRequest, exception: Exception) -> JsonResponse:
    return JsonResponse({"detail": "no such resource"}, status=404)


def broken(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"detail": "the server is at fault"}, status=500)


handler404 = not_found
handler500 = broken
