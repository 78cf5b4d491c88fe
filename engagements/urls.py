from django.urls import URLPattern, URLResolver, path

from engagements.views import ends, engagements, imports, language, links, people, successors

app_name = "engagements"
urlpatterns: list[URLPattern | URLResolver] = [
    path("settings/language/", language.language_set, name="language_set"),
    path("engagements/new/", engagements.engagement_create, name="engagement_create"),
    path("engagements/<uuid:public_id>/edit/", engagements.engagement_edit, name="engagement_edit"),
    path("engagements/<uuid:public_id>/end/", ends.end_change, name="end_change"),
    path("engagements/<uuid:public_id>/end/confirm/", ends.end_confirm, name="end_confirm"),
    path("engagements/<uuid:public_id>/close/", ends.engagement_close, name="engagement_close"),
    path("engagements/<uuid:public_id>/cancel/", ends.engagement_cancel, name="engagement_cancel"),
    path(
        "engagements/<uuid:public_id>/successor/", successors.successor_name, name="successor_name"
    ),
    path(
        "engagements/<uuid:public_id>/predecessor/",
        successors.predecessor_name,
        name="predecessor_name",
    ),
    path(
        "engagements/<uuid:public_id>/predecessor/drop/",
        successors.predecessor_drop,
        name="predecessor_drop",
    ),
    path("engagements/changes/<uuid:public_id>/", ends.change_decide, name="change_decide"),
    path(
        "engagements/suggestions/<slug:kind>/", engagements.suggestion_list, name="suggestion_list"
    ),
    path("engagements/import/", imports.import_create, name="import_create"),
    path("engagements/import/sample.csv", imports.import_sample, name="import_sample"),
    path("engagements/import/<uuid:public_id>/", imports.import_detail, name="import_detail"),
    path(
        "engagements/import/<uuid:public_id>/columns/",
        imports.import_columns,
        name="import_columns",
    ),
    path(
        "engagements/import/<uuid:public_id>/progress/",
        imports.import_progress,
        name="import_progress",
    ),
    path(
        "engagements/import/<uuid:public_id>/confirm/",
        imports.import_confirm,
        name="import_confirm",
    ),
    path("engagements/import/<uuid:public_id>/undo/", imports.import_undo, name="import_undo"),
    path(
        "engagements/import/<uuid:public_id>/discard/",
        imports.import_discard,
        name="import_discard",
    ),
    path(
        "engagements/import/<uuid:public_id>/errors.csv",
        imports.import_errors,
        name="import_errors",
    ),
    path("professionals/", people.freelancer_list, name="freelancer_list"),
    path("professionals/new/", people.freelancer_create, name="freelancer_create"),
    path("professionals/<uuid:public_id>/", people.freelancer_detail, name="freelancer_detail"),
    path("professionals/<uuid:public_id>/edit/", people.freelancer_edit, name="freelancer_edit"),
    path("professionals/<uuid:public_id>/admit/", people.freelancer_admit, name="freelancer_admit"),
    path("settings/departments/", people.department_list, name="department_list"),
    path("settings/departments/new/", people.department_create, name="department_create"),
    path("settings/departments/<uuid:public_id>/", people.department_edit, name="department_edit"),
    path("l/<str:token>/", links.grant_open, name="grant_open"),
    path("l/<str:token>/new/", links.grant_resend, name="grant_resend"),
    path("links/<uuid:public_id>/revoke/", links.grant_revoke, name="grant_revoke"),
]
