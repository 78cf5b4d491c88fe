"""What the procedure answers when something happens to an engagement."""

from collections.abc import Mapping, Sequence
from datetime import date

from core.actors import Actor
from engagements.events import Blocker, Effect
from engagements.models import Engagement, Freelancer
from knowledge.models import Deliverable, KnowledgeAgreement
from offboarding import operations, queries


def agreed(agreement: KnowledgeAgreement, actor: Actor) -> None:
    """Tick the step that asks for the agreement."""
    operations.note_agreement(agreement=agreement, actor=actor)


def handed_over(deliverable: Deliverable, actor: Actor) -> None:
    """Keep the steps about the handover document in step with it."""
    operations.note_handover(deliverable=deliverable, actor=actor)


def left_behind(engagement: Engagement, actor: Actor) -> None:
    """Pass on to successors what there is more of now."""
    operations.pass_more(predecessor=engagement, actor=actor)


class BatonListener:
    """Keeps the lists of both engagements in step with who takes over from whom."""

    def swap_decided(
        self, engagement: Engagement, successor: Freelancer | None, actor: Actor
    ) -> None:
        """Ask who takes over, unless that is known."""
        if successor is None:
            operations.ask_successor(engagement=engagement, actor=actor)

    def successor_proposed(
        self, engagement: Engagement, successor: Freelancer, actor: Actor
    ) -> None:
        """Tick the task that asked for it."""
        operations.note_successor(engagement=engagement, name=successor.full_name, actor=actor)

    def successor_named(self, predecessor: Engagement, successor: Engagement, actor: Actor) -> None:
        """Put what was left behind into the successor's welcome list."""
        operations.pass_baton(predecessor=predecessor, successor=successor, actor=actor)
        name = successor.freelancer.full_name
        operations.note_successor(engagement=predecessor, name=name, actor=actor)

    def successor_dropped(
        self, predecessor: Engagement, successor: Engagement, actor: Actor
    ) -> None:
        """Take what is open of it out of the list again."""
        operations.drop_baton(predecessor=predecessor, successor=successor, actor=actor)


class OffboardingListener:
    """Keeps the tasks of an engagement in step with it."""

    def planned(self, engagement: Engagement, actor: Actor) -> None:
        """Start both checklists."""
        operations.start_checklists(engagement=engagement, actor=actor)

    def planned_many(self, engagements: Sequence[Engagement], actor: Actor) -> None:
        """Start the checklists of an import in bulk."""
        operations.start_checklists_for(engagements=engagements, actor=actor)

    def traces_on(self, engagements: Sequence[Engagement]) -> Mapping[int, Sequence[str]]:
        """Return where people answered tasks by now."""
        return operations.traces_on(engagements)

    def unplanned_many(self, engagements: Sequence[Engagement], actor: Actor) -> None:
        """Delete the checklists that nobody used."""
        operations.discard_checklists(engagements=engagements, actor=actor)

    def end_moved(self, engagement: Engagement, old_ends_on: date, actor: Actor) -> None:
        """Date the open tasks anew; what happens at the end may be decided by that."""
        operations.shift_items(engagement=engagement, old_ends_on=old_ends_on, actor=actor)
        if engagement.ends_on != old_ends_on:
            operations.note_decision(engagement=engagement, actor=actor)

    def effects_of_moving_end(self, engagement: Engagement, new_ends_on: date) -> Sequence[Effect]:
        """Return the new dates of the open tasks."""
        return queries.effects_of_move(engagement, new_ends_on)

    def manager_changed(self, engagement: Engagement, actor: Actor) -> None:
        """Give the manager's open tasks to the new one."""
        operations.follow_manager(engagement=engagement, actor=actor)

    def blockers_to_closing(self, engagement: Engagement) -> Sequence[Blocker]:
        """Return the open tasks that closing needs."""
        return queries.blockers_of(engagement)

    def closed(self, engagement: Engagement, actor: Actor) -> None:
        """Settle what is still open."""
        operations.settle_items(engagement=engagement, actor=actor)

    def cancelled(self, engagement: Engagement, actor: Actor) -> None:
        """Cancel what is still open."""
        operations.settle_items(engagement=engagement, actor=actor)
