from collections.abc import Mapping
from typing import Final

from django.apps import AppConfig
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# What people read in the history for each action.
PHRASES: Final[Mapping[str, Promise]] = {
    "engagements.engagement.created": _("planned the engagement"),
    "engagements.engagement.updated": _("changed what was agreed"),
    "engagements.engagement.end_moved": _("moved the last day from %(old)s to %(new)s"),
    "engagements.engagement.closed": _("closed the file"),
    "engagements.engagement.cancelled": _("cancelled the engagement"),
    "engagements.change.requested": _("asked to move the last day from %(old)s to %(new)s"),
    "engagements.change.stay_requested": _("asked to let it end on %(old)s"),
    "engagements.change.confirmed": _("confirmed that it ends on %(old)s"),
    "engagements.change.declined": _("declined to move the last day from %(old)s to %(new)s"),
    "engagements.change.stay_declined": _("declined to let it end on %(old)s"),
    "engagements.successor.proposed": _("said that %(name)s takes over"),
    "engagements.successor.named": _("named %(name)s as successor"),
    "engagements.successor.dropped": _("took back that %(name)s is the successor"),
    "engagements.predecessor.named": _("said that this takes over from %(name)s"),
    "engagements.predecessor.dropped": _("took back that this takes over from %(name)s"),
    "engagements.freelancer.created": _("added a professional"),
    "engagements.freelancer.updated": _("changed a professional"),
    "engagements.freelancer.admitted": _("gave a professional access to the portal"),
    "engagements.department.created": _("added a department"),
    "engagements.department.changed": _("changed a department"),
    "engagements.engagement.unimported": _("undid the import that planned it"),
    "engagements.import.uploaded": _("uploaded a list"),
    "engagements.import.confirmed": _("confirmed an import"),
    "engagements.import.applied": _("imported a list: %(new)s new, %(changed)s changed"),
    "engagements.import.undone": _("undid an import of %(rows)s rows"),
    "engagements.import.discarded": _("threw a list away"),
    "engagements.link.issued": _("mailed an action link to %(contact)s"),
    "engagements.link.resent": _("asked for a new action link for %(contact)s"),
    "engagements.link.revoked": _("withdrew the action link of %(contact)s"),
    "engagements.link.handed_on": _("handed the questions on to %(contact)s"),
}


class EngagementsConfig(AppConfig):
    """Departments, professionals, engagements, import and action links."""

    name = "engagements"

    def ready(self) -> None:
        from accounts import events
        from core import audit
        from engagements import listeners, queries
        from engagements.planners import COMPOSERS, EngagementPlanner
        from notifications import planning

        events.register_addresses(listeners.addresses_of_professional)
        events.register_contacts_elsewhere(queries.business_contacts)
        events.register_contacts_elsewhere(queries.private_contacts)
        planning.register_doors(listeners.EngagementDoors())
        planning.register_planner(EngagementPlanner())
        for kind, (composer, name) in COMPOSERS.items():
            planning.register_composer(kind, composer, name)
        planning.register_composer(
            "link_handed_on", listeners.compose_link_mail, _("questions handed on")
        )
        planning.register_composer("link_resent", listeners.compose_link_mail, _("new link"))
        audit.register_phrases(PHRASES)
