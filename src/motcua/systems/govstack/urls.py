"""The face's own URL configuration, at the root of its own port: today's spelling and the older one, side by side."""

from django.http import HttpRequest, JsonResponse
from django.urls import include, path

from motcua.systems.govstack import (
    applications,
    consents,
    databases,
    mediator,
    papers,
    pubsub,
    registration,
    registries,
    statistics,
    tasks,
)

RECORD = "data/<slug:registry>/<str:version>"
WHO = "<str:instance>/<str:member_class>/<str:member_code>/<str:application>"

patterns = [
    path("data/myPersonalDataUsage", registries.personal_data_usage, name="usage"),
    path("data/MyPersonalDataUsage/1.0", registries.personal_data_usage),
    path("data/statistics", statistics.statistics, name="statistics"),
    path("data/statistics/1.0", statistics.statistics),
    path("databases", databases.databases, name="databases"),
    path("database/modify", databases.modify, name="modify"),
    path("database/<int:database_id>", databases.database, name="database"),
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
    path("services/<str:service_id>/applications", applications.of_service, name="submit"),
    path("applications", applications.applications, name="applications"),
    path("applications/<str:file_id>", applications.application, name="application"),
    path("documents", papers.upload, name="documents"),
    path("tasks", tasks.tasks, name="tasks"),
    path("tasks/<str:task_id>", tasks.task, name="task"),
    path("tasks/<str:task_id>/complete", tasks.complete, name="complete"),
    path("service/data-agreement/<str:agreement_id>/", consents.agreement, name="agreement"),
    path("service/verification/data-agreements/", consents.agreements, name="agreements"),
    path("service/verification/consent-records/", consents.records, name="consents"),
    path("service/verification/consent-record/<str:record_id>/", consents.record, name="consent"),
    path("listClients", mediator.list_clients, name="list_clients"),
]
for prefix in ("r1/", ""):
    patterns += [
        path(f"{prefix}{WHO}/listMethods", mediator.list_methods),
        path(f"{prefix}{WHO}/allowedMethods", mediator.allowed_methods),
        path(f"{prefix}{WHO}/getOpenAPI", mediator.openapi),
    ]
    patterns += [
        path(f"{prefix}{WHO}/api/v1/eventType", pubsub.event_types),
        path(f"{prefix}{WHO}/api/v1/eventType/<str:event_type>", pubsub.event_type),
        path(f"{prefix}{WHO}/pub/v1/<str:event_type>", pubsub.publish),
        path(f"{prefix}{WHO}/pub/v1/<str:event_type>/<str:event_id>", pubsub.published),
        path(f"{prefix}{WHO}/api/v1/subs", pubsub.subscriptions),
        path(f"{prefix}{WHO}/api/v1/subs/<str:event_type>", pubsub.subscription),
        path(f"{prefix}{WHO}/pull/v1/<str:event_type>", pubsub.pull),
        path(f"{prefix}{WHO}/pull/v1/<str:event_type>/<str:event_id>", pubsub.confirm),
    ]
urlpatterns = [path("", include((patterns, "govstack")))]


def not_found(request: HttpRequest, exception: Exception) -> JsonResponse:
    return JsonResponse({"detail": "no such resource"}, status=404)


def broken(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"detail": "the server is at fault"}, status=500)


handler404 = not_found
handler500 = broken
