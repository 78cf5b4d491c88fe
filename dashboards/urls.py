from django.urls import URLPattern, URLResolver, path

from dashboards.views import (
    demo,
    engagement,
    engagement_list,
    home,
    knowledge_map,
    messages,
    reminder_rules,
    reports,
)

app_name = "dashboards"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    path("attention/", home.attention_list, name="attention_list"),
    path("engagements/", engagement_list.engagement_list, name="engagement_list"),
    path(
        "engagements/export.<str:kind>", engagement_list.engagement_export, name="engagement_export"
    ),
    path("engagements/<uuid:public_id>/", engagement.engagement_detail, name="engagement_detail"),
    path("knowledge/map/", knowledge_map.knowledge_map_page, name="knowledge_map"),
    path("knowledge/map.csv", knowledge_map.knowledge_map_export, name="knowledge_map_export"),
    path("reports/received/", reports.received_report, name="received_report"),
    path("reports/received.<str:kind>", reports.received_export, name="received_export"),
    path("reports/usefulness/", reports.usefulness_report, name="usefulness_report"),
    path("reports/usefulness.<str:kind>", reports.usefulness_export, name="usefulness_export"),
    path("messages/", messages.message_list, name="message_list"),
    path("messages/<uuid:public_id>/", messages.message_detail, name="message_detail"),
    path("messages/<uuid:public_id>/again/", messages.message_retry, name="message_retry"),
    path(
        "messages/<uuid:public_id>/elsewhere/", messages.message_redirect, name="message_redirect"
    ),
    path("settings/reminders/", reminder_rules.reminder_rule_list, name="reminder_rule_list"),
    path("settings/reminders/preview/", reminder_rules.digest_preview, name="digest_preview"),
    path(
        "settings/reminders/<slug:code>/",
        reminder_rules.reminder_rule_edit,
        name="reminder_rule_edit",
    ),
    path("demo/", demo.demo, name="demo"),
    path("demo/enter/<str:persona>/", demo.demo_enter, name="demo_enter"),
    path("demo/mail/", demo.demo_mail_list, name="demo_mail_list"),
    path("demo/mail/<str:key>/", demo.demo_mail_detail, name="demo_mail_detail"),
    path("demo/mail/<str:key>/html/", demo.demo_mail_html, name="demo_mail_html"),
]
