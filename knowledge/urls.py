from django.urls import URLPattern, URLResolver, path

from knowledge.views import (
    agreements,
    handovers,
    library,
    library_outside,
    packs,
    points,
    policies,
    promises,
    reviews,
    sampling,
    topics,
    usefulness,
)

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
    path(
        "knowledge/promises/<uuid:public_id>/<slug:kind>/",
        promises.promise_say,
        name="promise_say",
    ),
    path("knowledge/topics/of/<uuid:public_id>/", topics.topic_list, name="topic_list"),
    path("knowledge/topics/of/<uuid:public_id>/new/", topics.topic_create, name="topic_create"),
    path("knowledge/topics/<uuid:public_id>/", topics.topic_detail, name="topic_detail"),
    path("knowledge/topics/<uuid:public_id>/edit/", topics.topic_edit, name="topic_edit"),
    path("knowledge/topics/<uuid:public_id>/agree/", topics.topic_agree, name="topic_agree"),
    path("knowledge/topics/<uuid:public_id>/refuse/", topics.topic_refuse, name="topic_refuse"),
    path("knowledge/topics/<uuid:public_id>/drop/", topics.topic_drop, name="topic_drop"),
    path(
        "knowledge/topics/<uuid:public_id>/receivers/", topics.receiver_name, name="receiver_name"
    ),
    path(
        "knowledge/receivers/<uuid:public_id>/release/",
        topics.receiver_release,
        name="receiver_release",
    ),
    path("knowledge/receivers/<uuid:public_id>/ask/", topics.receiver_ask, name="receiver_ask"),
    path(
        "knowledge/confirmations/<uuid:public_id>/withdraw/",
        topics.confirmation_withdraw,
        name="confirmation_withdraw",
    ),
    path("knowledge/sample/", sampling.sample_list, name="sample_list"),
    path("knowledge/sample/<uuid:public_id>/seen/", sampling.sample_seen, name="sample_seen"),
    path("knowledge/points/<uuid:public_id>/", points.ledger_detail, name="ledger_detail"),
    path(
        "knowledge/points/entries/<uuid:public_id>/reverse/",
        points.entry_reverse,
        name="entry_reverse",
    ),
    path("knowledge/library/", library.library, name="library"),
    path("knowledge/library/<uuid:public_id>/", library.library_edit, name="library_edit"),
    path("knowledge/library/<uuid:public_id>/check/", library.library_check, name="library_check"),
    path(
        "knowledge/library/<uuid:public_id>/return/", library.library_return, name="library_return"
    ),
    path("portal/library/", library_outside.portal_library, name="portal_library"),
    path(
        "portal/library/<uuid:public_id>/",
        library_outside.portal_library_item,
        name="portal_library_item",
    ),
    path(
        "portal/library/<uuid:public_id>/check/",
        library_outside.portal_library_check,
        name="portal_library_check",
    ),
    path(
        "portal/library/<uuid:public_id>/credit/",
        library_outside.portal_library_credit,
        name="portal_library_credit",
    ),
    path(
        "portal/library/files/<uuid:public_id>/",
        library_outside.portal_library_file,
        name="portal_library_file",
    ),
    path("link/library/", library_outside.link_library, name="link_library"),
    path(
        "link/library/<uuid:public_id>/",
        library_outside.link_library_item,
        name="link_library_item",
    ),
    path(
        "link/library/<uuid:public_id>/check/",
        library_outside.link_library_check,
        name="link_library_check",
    ),
    path(
        "link/library/files/<uuid:public_id>/",
        library_outside.link_library_file,
        name="link_library_file",
    ),
    path("settings/policies/", policies.policy_list, name="policy_list"),
    path("settings/policies/new/", policies.policy_create, name="policy_create"),
    path("settings/policies/<uuid:public_id>/", policies.policy_detail, name="policy_detail"),
    path("settings/policies/<uuid:public_id>/edit/", policies.policy_edit, name="policy_edit"),
    path(
        "settings/policies/<uuid:public_id>/choose/", policies.policy_choose, name="policy_choose"
    ),
    path("knowledge/useful/<uuid:public_id>/", usefulness.usefulness, name="usefulness"),
    path("portal/useful/<uuid:public_id>/", usefulness.portal_usefulness, name="portal_usefulness"),
    path("link/useful/<uuid:public_id>/", usefulness.link_usefulness, name="link_usefulness"),
    path("knowledge/packs/<uuid:public_id>/", packs.pack_detail, name="pack_detail"),
    path("knowledge/packs/<uuid:public_id>/receive/", packs.pack_receive, name="pack_receive"),
    path("portal/packs/<uuid:public_id>/", packs.portal_pack, name="portal_pack"),
    path("link/packs/<uuid:public_id>/", packs.link_pack, name="link_pack"),
    path(
        "link/packs/<uuid:public_id>/receive/",
        packs.link_pack_receive,
        name="link_pack_receive",
    ),
]
