from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EngagementsConfig(AppConfig):
    """Departments, professionals, engagements, import and action links."""

    name = "engagements"

    def ready(self) -> None:
        from core import audit
        from engagements import listeners
        from notifications import planning

        planning.register_doors(listeners.EngagementDoors())
        planning.register_composer("link_handed_on", listeners.compose_link_mail)
        planning.register_composer("link_resent", listeners.compose_link_mail)
        audit.register_phrases(
            {
                "engagements.link.issued": _("mailed an action link"),
                "engagements.link.revoked": _("withdrew an action link"),
                "engagements.link.handed_on": _("handed the questions on to a colleague"),
            }
        )
