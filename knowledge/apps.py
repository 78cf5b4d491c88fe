from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class KnowledgeConfig(AppConfig):
    """Agreements, handovers and the points ledger."""

    name = "knowledge"

    def ready(self) -> None:
        from core import audit
        from engagements import events
        from knowledge.listeners import KnowledgeListener
        from knowledge.planners import COMPOSERS, KnowledgePlanner
        from notifications import planning

        events.register(KnowledgeListener())
        planning.register_planner(KnowledgePlanner())
        for kind, (composer, name) in COMPOSERS.items():
            planning.register_composer(kind, composer, name)
        audit.register_phrases(
            {
                "knowledge.policy.shipped": _("added a points policy"),
                "knowledge.agreement.proposed": _(
                    "proposed version %(version)s of the knowledge agreement, %(target)s points"
                ),
                "knowledge.agreement.accepted": _(
                    "agreed to version %(version)s of the knowledge agreement, %(target)s points"
                ),
                "knowledge.agreement.declined": _(
                    "declined version %(version)s of the knowledge agreement"
                ),
                "knowledge.agreement.dropped": _(
                    "dropped version %(version)s of the knowledge agreement, never answered"
                ),
                "knowledge.deliverable.started": _("began the handover “%(title)s”"),
                "knowledge.deliverable.submitted": _(
                    "handed in version %(version)s of “%(title)s”"
                ),
                "knowledge.deliverable.accepted": _("accepted version %(version)s of “%(title)s”"),
                "knowledge.deliverable.returned": _(
                    "asked for changes in version %(version)s of “%(title)s”"
                ),
                "knowledge.deliverable.withdrawn": _("withdrew the handover “%(title)s”"),
                "knowledge.deliverable.handed_on": _(
                    "handed the review of “%(title)s” on to %(name)s"
                ),
                "knowledge.file.added": _("added a file to “%(title)s”"),
                "knowledge.file.removed": _("removed a file from “%(title)s”"),
                "knowledge.points.booked": _(
                    "%(points)s knowledge points were booked for “%(title)s”"
                ),
                "knowledge.points.reversed": _(
                    "took %(points)s knowledge points for “%(title)s” back"
                ),
            }
        )
