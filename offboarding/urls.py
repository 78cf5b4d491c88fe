from django.urls import URLPattern, URLResolver, path

from offboarding.views import backlog, items, link, link_receiving, link_topics, receiving, roles

app_name = "offboarding"
urlpatterns: list[URLPattern | URLResolver] = [
    path("offboarding/items/", items.item_list, name="item_list"),
    path("offboarding/items/<uuid:public_id>/", items.item_detail, name="item_detail"),
    path("offboarding/items/<uuid:public_id>/done/", items.item_complete, name="item_complete"),
    path("offboarding/items/<uuid:public_id>/not-yet/", items.item_postpone, name="item_postpone"),
    path("offboarding/items/<uuid:public_id>/not-applicable/", items.item_waive, name="item_waive"),
    path("offboarding/items/<uuid:public_id>/reopen/", items.item_reopen, name="item_reopen"),
    path("offboarding/items/<uuid:public_id>/later/", items.item_snooze, name="item_snooze"),
    path("offboarding/items/<uuid:public_id>/owner/", items.item_assign, name="item_assign"),
    path("offboarding/items/<uuid:public_id>/remind/", items.item_remind, name="item_remind"),
    path(
        "offboarding/evidence/<uuid:public_id>/", items.evidence_download, name="evidence_download"
    ),
    path(
        "offboarding/engagements/<uuid:public_id>/backlog/",
        backlog.backlog_complete,
        name="backlog_complete",
    ),
    path("settings/roles/", roles.role_holder_list, name="role_holder_list"),
    path("settings/roles/<slug:role>/", roles.role_holder_edit, name="role_holder_edit"),
    path(
        "settings/roles/<uuid:public_id>/remove/",
        roles.role_holder_remove,
        name="role_holder_remove",
    ),
    path("settings/procedure/", roles.procedure_detail, name="procedure_detail"),
    path("link/", link.link_tasks, name="link_tasks"),
    path("link/start/", link.link_start, name="link_start"),
    path("link/items/<uuid:public_id>/", link.link_item, name="link_item"),
    path("link/items/<uuid:public_id>/later/", link.link_item_snooze, name="link_item_snooze"),
    path("link/evidence/<uuid:public_id>/", link.link_evidence, name="link_evidence"),
    path("link/end/", link.link_decide, name="link_decide"),
    path("link/successor/", link.link_successor, name="link_successor"),
    path("link/handovers/<uuid:public_id>/", link.link_review, name="link_review"),
    path("link/files/<uuid:public_id>/", link.link_file, name="link_file"),
    path("link/received/<uuid:public_id>/", link_receiving.link_receive, name="link_receive"),
    path(
        "link/explained/<uuid:public_id>/",
        link_receiving.link_explanation,
        name="link_explanation",
    ),
    path(
        "link/received/files/<uuid:public_id>/",
        link_receiving.link_received_file,
        name="link_received_file",
    ),
    path("link/topics/new/", link_topics.link_topic_create, name="link_topic_create"),
    path("link/topics/<uuid:public_id>/", link_topics.link_topic, name="link_topic"),
    path(
        "link/topics/<uuid:public_id>/receivers/",
        link_topics.link_receivers,
        name="link_receivers",
    ),
    path(
        "link/handovers/<uuid:public_id>/without-receiver/",
        link_topics.link_unreceived,
        name="link_unreceived",
    ),
    path("offboarding/receiving/<uuid:public_id>/", receiving.receive, name="receive"),
    path("offboarding/explanations/<uuid:public_id>/", receiving.explanation, name="explanation"),
    path("link/agreement/", link.link_agreement, name="link_agreement"),
    path("link/hand-on/", link.link_hand_on, name="link_hand_on"),
    path("link/done/", link.link_done, name="link_done"),
    path("link/calendar.ics", link.link_calendar, name="link_calendar"),
]
