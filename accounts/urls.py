from django.urls import path

from accounts import views

app_name = "accounts"
urlpatterns = [
    path("", views.organisation_edit, name="organisation_edit"),
    path("profile/", views.profile_edit, name="profile_edit"),
    path("organisation/", views.organisation_switch, name="organisation_switch"),
    path("members/", views.member_list, name="member_list"),
    path("members/invite/", views.member_invite, name="member_invite"),
    path("members/<uuid:public_id>/", views.member_edit, name="member_edit"),
    path("contacts/", views.contact_list, name="contact_list"),
    path("contacts/new/", views.contact_create, name="contact_create"),
    path("contacts/<uuid:public_id>/", views.contact_edit, name="contact_edit"),
]
