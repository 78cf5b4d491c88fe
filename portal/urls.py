from django.urls import URLPattern, URLResolver, path

from portal.views import agreements, drafts, handovers, home, items, profile, promises, topics

app_name = "portal"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    path("engagements/<uuid:public_id>/", home.engagement_detail, name="engagement_detail"),
    path(
        "engagements/<uuid:public_id>/agreement/",
        agreements.agreement_detail,
        name="agreement_detail",
    ),
    path(
        "engagements/<uuid:public_id>/agreement/propose/",
        agreements.agreement_propose,
        name="agreement_propose",
    ),
    path(
        "agreements/<uuid:public_id>/accept/", agreements.agreement_accept, name="agreement_accept"
    ),
    path(
        "agreements/<uuid:public_id>/decline/",
        agreements.agreement_decline,
        name="agreement_decline",
    ),
    path(
        "engagements/<uuid:public_id>/promises/<slug:kind>/",
        promises.promise_say,
        name="promise_say",
    ),
    path("engagements/<uuid:public_id>/topics/", topics.topic_list, name="topic_list"),
    path("engagements/<uuid:public_id>/topics/new/", topics.topic_create, name="topic_create"),
    path("topics/<uuid:public_id>/", topics.topic_detail, name="topic_detail"),
    path("topics/<uuid:public_id>/edit/", topics.topic_edit, name="topic_edit"),
    path("topics/<uuid:public_id>/agree/", topics.topic_agree, name="topic_agree"),
    path("topics/<uuid:public_id>/refuse/", topics.topic_refuse, name="topic_refuse"),
    path("topics/<uuid:public_id>/receivers/", topics.receiver_name, name="receiver_name"),
    path("topics/<uuid:public_id>/explained/", topics.explanation_log, name="explanation_log"),
    path("receivers/<uuid:public_id>/ask/", topics.receiver_ask, name="receiver_ask"),
    path("questions/<uuid:public_id>/", topics.question_answer, name="question_answer"),
    path("handovers/", handovers.deliverable_list, name="deliverable_list"),
    path("handovers/new/<uuid:public_id>/", drafts.deliverable_create, name="deliverable_create"),
    path(
        "handovers/new/<uuid:public_id>/<slug:code>/",
        drafts.deliverable_start,
        name="deliverable_start",
    ),
    path("handovers/<uuid:public_id>/", handovers.deliverable_detail, name="deliverable_detail"),
    path(
        "handovers/<uuid:public_id>/about/",
        drafts.deliverable_describe,
        name="deliverable_describe",
    ),
    path("handovers/<uuid:public_id>/edit/", drafts.deliverable_edit, name="deliverable_edit"),
    path("handovers/<uuid:public_id>/check/", drafts.deliverable_check, name="deliverable_check"),
    path(
        "handovers/<uuid:public_id>/submit/", drafts.deliverable_submit, name="deliverable_submit"
    ),
    path("handovers/<uuid:public_id>/done/", drafts.deliverable_done, name="deliverable_done"),
    path(
        "handovers/<uuid:public_id>/withdraw/",
        handovers.deliverable_withdraw,
        name="deliverable_withdraw",
    ),
    path(
        "handovers/<uuid:public_id>/session.ics",
        handovers.session_calendar,
        name="session_calendar",
    ),
    path("files/<uuid:public_id>/", handovers.file_download, name="file_download"),
    path("points/", home.ledger, name="ledger"),
    path("tasks/files/<uuid:public_id>/", items.evidence_download, name="evidence_download"),
    path("tasks/<uuid:public_id>/", items.item_detail, name="item_detail"),
    path("tasks/<uuid:public_id>/done/", items.item_complete, name="item_complete"),
    path("tasks/<uuid:public_id>/later/", items.item_postpone, name="item_postpone"),
    path("profile/", profile.profile, name="profile"),
]
