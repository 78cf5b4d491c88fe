from collections.abc import Mapping
from typing import Final

from django.apps import AppConfig
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# What people read in the history for each action.
PHRASES: Final[Mapping[str, Promise]] = {
    "offboarding.procedure.shipped": _("added the default procedure"),
    "offboarding.checklist.started": _(
        "started the list: %(tasks)s tasks, %(unowned)s without owner"
    ),
    "offboarding.checklist.discarded": _("removed the list with its import"),
    "offboarding.item.done": _("finished “%(task)s”"),
    "offboarding.item.done_by_agreeing": _("finished “%(task)s” by agreeing"),
    "offboarding.item.done_by_handing_in": _("finished “%(task)s”: “%(title)s” was handed in"),
    "offboarding.item.done_by_accepting": _("finished “%(task)s”: “%(title)s” was accepted"),
    "offboarding.item.reopened_by_withdrawing": _(
        "opened “%(task)s” again: “%(title)s” was withdrawn"
    ),
    "offboarding.item.postponed": _("expects “%(task)s” on %(new)s"),
    "offboarding.item.waived": _("said that “%(task)s” does not apply"),
    "offboarding.item.reopened": _("opened “%(task)s” again"),
    "offboarding.item.snoozed": _("put off “%(task)s” until %(until)s"),
    "offboarding.item.assigned": _("gave “%(task)s” to %(name)s"),
    "offboarding.item.reminded": _("reminded %(name)s of “%(task)s”"),
    "offboarding.items.done": _("ticked tasks from before the list was made: %(count)s"),
    "offboarding.items.shifted": _("gave tasks another date: %(count)s"),
    "offboarding.items.followed_manager": _("gave tasks to the new hiring manager: %(count)s"),
    "offboarding.items.cancelled": _("cancelled open tasks: %(count)s"),
    "offboarding.items.waived": _("waived tasks while closing: %(count)s"),
    "offboarding.baton.passed": _("added tasks of the handover pack: %(count)s"),
    "offboarding.baton.dropped": _("cancelled tasks of the handover pack: %(count)s"),
    "offboarding.successor.asked": _("asked the hiring manager who takes over"),
    "offboarding.role.given": _("gave the role %(role)s; tasks moved: %(moved)s"),
    "offboarding.role.taken": _("took the role %(role)s away; tasks moved: %(moved)s"),
}


class OffboardingConfig(AppConfig):
    """The procedure from welcome to farewell."""

    name = "offboarding"

    def ready(self) -> None:
        from core import audit
        from engagements import events
        from knowledge.events import register_agreed, register_handover, register_left_behind
        from notifications import planning
        from offboarding.listeners import (
            BatonListener,
            OffboardingListener,
            agreed,
            handed_over,
            left_behind,
        )
        from offboarding.planners import COMPOSERS, OffboardingPlanner
        from offboarding.queries import cancelled_by_closing, holders_of_hr

        events.register(OffboardingListener())
        events.register_hr_role(holders_of_hr)
        events.register_closing_preview(cancelled_by_closing)
        events.register_succession(BatonListener())
        register_agreed(agreed)
        register_handover(handed_over)
        register_left_behind(left_behind)
        planning.register_planner(OffboardingPlanner())
        for kind, (composer, name) in COMPOSERS.items():
            planning.register_composer(kind, composer, name)
        audit.register_phrases(PHRASES)
