from django.urls import URLPattern, URLResolver, path

from dashboards.views import demo, engagement, engagement_list, home

app_name = "dashboards"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    path("attention/", home.attention_list, name="attention_list"),
    path("engagements/", engagement_list.engagement_list, name="engagement_list"),
    path(
        "engagements/export.<str:kind>", engagement_list.engagement_export, name="engagement_export"
    ),
    path("engagements/<uuid:public_id>/", engagement.engagement_detail, name="engagement_detail"),
    path("demo/", demo.demo, name="demo"),
    path("demo/enter/<str:persona>/", demo.demo_enter, name="demo_enter"),
    path("demo/mail/", demo.demo_mail_list, name="demo_mail_list"),
    path("demo/mail/<str:key>/", demo.demo_mail_detail, name="demo_mail_detail"),
    path("demo/mail/<str:key>/html/", demo.demo_mail_html, name="demo_mail_html"),
]
