from collections.abc import Mapping
from typing import Final

from django.apps import AppConfig
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# What people read in the history for each action.
PHRASES: Final[Mapping[str, Promise]] = {
    "knowledge.policy.shipped": _("added a points policy"),
    "knowledge.policy.added": _("added the points policy %(name)s"),
    "knowledge.policy.saved": _("saved version %(version)s of the points policy %(name)s"),
    "knowledge.policy.chosen": _("chose the points policy %(name)s for new agreements"),
    "knowledge.agreement.proposed": _(
        "proposed version %(version)s of the knowledge agreement, %(target)s points"
    ),
    "knowledge.agreement.accepted": _(
        "agreed to version %(version)s of the knowledge agreement, %(target)s points"
    ),
    "knowledge.agreement.declined": _("declined version %(version)s of the knowledge agreement"),
    "knowledge.agreement.dropped": _(
        "dropped version %(version)s of the knowledge agreement, never answered"
    ),
    "knowledge.deliverable.started": _("began the handover “%(title)s”"),
    "knowledge.deliverable.submitted": _("handed in version %(version)s of “%(title)s”"),
    "knowledge.deliverable.accepted": _("accepted version %(version)s of “%(title)s”"),
    "knowledge.deliverable.returned": _("asked for changes in version %(version)s of “%(title)s”"),
    "knowledge.deliverable.withdrawn": _("withdrew the handover “%(title)s”"),
    "knowledge.deliverable.handed_on": _("handed the review of “%(title)s” on to %(name)s"),
    "knowledge.deliverable.logged": _("logged the short explanation “%(title)s” to %(name)s"),
    "knowledge.promise.kept": _("said that the client kept a promise"),
    "knowledge.promise.reopened": _("took back that the client kept a promise"),
    "knowledge.topic.proposed": _("proposed the topic “%(title)s”"),
    "knowledge.topic.revised": _("changed the topic “%(title)s”"),
    "knowledge.topic.agreed": _("agreed to the topic “%(title)s”"),
    "knowledge.topic.reweighed": _("agreed to weigh “%(title)s” as %(new)s instead of %(old)s"),
    "knowledge.topic.kept": _("kept the weight of “%(title)s” as it was"),
    "knowledge.topic.dropped": _("took the topic “%(title)s” off the list"),
    "knowledge.receiver.named": _("named %(name)s as receiver of “%(title)s”"),
    "knowledge.receiver.released": _("%(name)s no longer receives “%(title)s”"),
    "knowledge.receiver.asked": _("asked %(name)s once more about “%(title)s”"),
    "knowledge.confirmation.said": _("said something about “%(title)s” as receiver"),
    "knowledge.confirmation.replied": _("answered the question of %(name)s about “%(title)s”"),
    "knowledge.confirmation.withdrawn": _("took back what %(name)s said about “%(title)s”"),
    "knowledge.usefulness.answered": _(
        "said whether “%(title)s” was of use, %(days)s days after the end"
    ),
    "knowledge.usefulness.changed": _(
        "said otherwise whether “%(title)s” was of use, %(days)s days after the end"
    ),
    "knowledge.confirmation.looked_at": _("looked at what %(contact)s said (sample)"),
    "knowledge.library.described": _("changed whose work “%(title)s” is in the library"),
    "knowledge.library.checked": _("found “%(title)s” still right, until %(until)s"),
    "knowledge.library.questioned": _("said that “%(title)s” has to change"),
    "knowledge.library.retired": _("took “%(title)s” out of the library"),
    "knowledge.library.returned": _("put “%(title)s” back into the library"),
    "knowledge.file.added": _("added a file to “%(title)s”"),
    "knowledge.file.removed": _("removed a file from “%(title)s”"),
    "knowledge.points.booked": _("%(points)s knowledge points were booked for “%(title)s”"),
    "knowledge.points.reversed": _("took %(points)s knowledge points for “%(title)s” back"),
}


class KnowledgeConfig(AppConfig):
    """Agreements, handovers and the points ledger."""

    name = "knowledge"

    def ready(self) -> None:
        from core import audit, chores
        from engagements import events
        from knowledge import events as own_events
        from knowledge import tasks
        from knowledge.listeners import KnowledgeListener
        from knowledge.planners import (
            COMPOSERS,
            KnowledgePlanner,
            LibraryPlanner,
            ReceiverPlanner,
            UsefulnessPlanner,
        )
        from notifications import planning

        events.register(KnowledgeListener())
        planning.register_planner(KnowledgePlanner())
        planning.register_planner(ReceiverPlanner())
        planning.register_planner(LibraryPlanner())
        planning.register_planner(UsefulnessPlanner())
        own_events.register_files_waiting(tasks.nudge_on_commit)
        chores.register_chore("read files", tasks.stand_in)
        for kind, (composer, name) in COMPOSERS.items():
            planning.register_composer(kind, composer, name)
        audit.register_phrases(PHRASES)
