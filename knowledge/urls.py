from django.urls import URLPattern, URLResolver, path

from knowledge.views import agreements, handovers, points, reviews

app_name = "knowledge"
urlpatterns: list[URLPattern | URLResolver] = [
    path("knowledge/handovers/", handovers.deliverable_list, name="deliverable_list"),
    path(
        "knowledge/handovers/<uuid:public_id>/",
        handovers.deliverable_detail,
        name="deliverable_detail",
    ),
    path(
        "knowledge/handovers/<uuid:public_id>/accept/",
        reviews.deliverable_accept,
        name="deliverable_accept",
    ),
    path(
        "knowledge/handovers/<uuid:public_id>/changes/",
        reviews.deliverable_ask_changes,
        name="deliverable_ask_changes",
    ),
    path(
        "knowledge/handovers/<uuid:public_id>/hand-on/",
        reviews.deliverable_hand_on,
        name="deliverable_hand_on",
    ),
    path("knowledge/files/<uuid:public_id>/", handovers.file_download, name="file_download"),
    path(
        "knowledge/agreements/<uuid:public_id>/",
        agreements.agreement_detail,
        name="agreement_detail",
    ),
    path(
        "knowledge/agreements/<uuid:public_id>/propose/",
        agreements.agreement_propose,
        name="agreement_propose",
    ),
    path(
        "knowledge/agreements/versions/<uuid:public_id>/accept/",
        agreements.agreement_accept,
        name="agreement_accept",
    ),
    path(
        "knowledge/agreements/versions/<uuid:public_id>/decline/",
        agreements.agreement_decline,
        name="agreement_decline",
    ),
    path("knowledge/points/<uuid:public_id>/", points.ledger_detail, name="ledger_detail"),
    path(
        "knowledge/points/entries/<uuid:public_id>/reverse/",
        points.entry_reverse,
        name="entry_reverse",
    ),
    path("settings/policies/", points.policy_list, name="policy_list"),
]
