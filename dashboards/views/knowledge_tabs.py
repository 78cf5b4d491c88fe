"""The pages about the knowledge of the organisation, as tabs of each other."""

from typing import Final

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.tables import Tab

PAGES: Final[dict[str, Promise]] = {
    "dashboards:knowledge_map": _("Map"),
    "dashboards:received_report": _("Who received it"),
    "dashboards:usefulness_report": _("Of what use it was"),
}


def knowledge_tabs(current: str) -> list[Tab]:
    """Return the tabs above the map and the reports."""
    return [Tab(label, reverse(name), is_current=name == current) for name, label in PAGES.items()]
