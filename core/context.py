"""What every page needs around its content: navigation, organisation, demo note."""

from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class NavEntry:
    """A place in the navigation; everything under `section` belongs to it.

    Attributes:
        also: a second section that belongs to it, reached by the tabs of its page.
        for_admins: True leads only administrators there, False only others, None everybody.
    """

    label: Promise
    url_name: str
    section: str = ""
    also: str = ""
    for_admins: bool | None = None


@dataclass(frozen=True, slots=True)
class NavItem:
    """A place as one page shows it."""

    label: Promise
    url: str
    is_current: bool


NAVIGATION: Final[dict[str, tuple[NavEntry, ...]]] = {
    "hr": (
        NavEntry(_("Overview"), "dashboards:home"),
        NavEntry(_("Engagements"), "dashboards:engagement_list", "/engagements/"),
        NavEntry(_("Professionals"), "engagements:freelancer_list", "/professionals/"),
        NavEntry(_("Handovers"), "knowledge:deliverable_list", "/knowledge/"),
        NavEntry(
            _("Knowledge map"), "dashboards:knowledge_map", "/knowledge/map/", also="/reports/"
        ),
        NavEntry(_("Library"), "knowledge:library", "/knowledge/library/"),
        NavEntry(_("Messages"), "dashboards:message_list", "/messages/"),
        NavEntry(_("Settings"), "accounts:organisation_edit", "/settings/", for_admins=True),
        NavEntry(_("Settings"), "accounts:member_list", "/settings/", for_admins=False),
    ),
    "settings": (
        NavEntry(_("Organisation"), "accounts:organisation_edit", for_admins=True),
        NavEntry(_("Members"), "accounts:member_list"),
        NavEntry(_("Contacts"), "accounts:contact_list"),
        NavEntry(_("Departments"), "engagements:department_list"),
        NavEntry(_("Roles"), "offboarding:role_holder_list"),
        NavEntry(_("Procedure"), "offboarding:procedure_detail"),
        NavEntry(_("Points"), "knowledge:policy_list"),
        NavEntry(_("Reminders"), "dashboards:reminder_rule_list"),
    ),
    "portal": (
        NavEntry(_("My engagement"), "portal:home"),
        NavEntry(_("Handovers"), "portal:deliverable_list"),
        NavEntry(_("Library"), "knowledge:portal_library"),
        NavEntry(_("Profile"), "portal:profile"),
    ),
}


def page(request: HttpRequest) -> dict[str, Any]:
    """Return the surroundings of a page; `request.door` says through which door it came."""
    door: str | None = getattr(request, "door", None)
    membership = getattr(request, "membership", None)
    is_admin = membership is not None and membership.may_administer
    is_settings = door == "hr" and request.path.startswith("/settings/")
    return {
        "door": door,
        "nav_items": navigation(door, request.path, is_admin=is_admin),
        "settings_tabs": (
            navigation("settings", request.path, is_admin=is_admin) if is_settings else []
        ),
        "organisation": getattr(request, "organisation", None),
        "is_demo": settings.DEMO_MODE,
        "search_url": reverse("dashboards:engagement_list") if door == "hr" else None,
    }


def navigation(door: str | None, path: str, *, is_admin: bool) -> list[NavItem]:
    """Return the places behind a door, the one that holds this path marked.

    A place that refuses this person is left out. Of several that hold the path the longest wins, so
    that a home page is only marked on itself.
    """
    places = [
        (entry, reverse(entry.url_name))
        for entry in NAVIGATION.get(door or "", ())
        if entry.for_admins in (None, is_admin)
    ]
    holding = [
        section
        for entry, url in places
        for section in (entry.section or url, entry.also)
        if path == section or (section.count("/") > 1 and path.startswith(section))
    ]
    current = max(holding, key=len, default=None)
    return [
        NavItem(entry.label, url, current in (entry.section or url, entry.also))
        for entry, url in places
    ]
