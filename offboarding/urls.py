from django.urls import URLPattern, URLResolver, path

from offboarding.views import link

app_name = "offboarding"
urlpatterns: list[URLPattern | URLResolver] = [
    path("link/", link.link_tasks, name="link_tasks"),
    path("link/items/<uuid:public_id>/", link.link_item, name="link_item"),
    path("link/items/<uuid:public_id>/later/", link.link_item_snooze, name="link_item_snooze"),
    path("link/end/", link.link_decide, name="link_decide"),
    path("link/handovers/<uuid:public_id>/", link.link_review, name="link_review"),
    path("link/files/<uuid:public_id>/", link.link_file, name="link_file"),
    path("link/agreement/", link.link_agreement, name="link_agreement"),
    path("link/hand-on/", link.link_hand_on, name="link_hand_on"),
    path("link/done/", link.link_done, name="link_done"),
    path("link/calendar.ics", link.link_calendar, name="link_calendar"),
]
