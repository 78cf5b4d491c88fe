"""When people are told about handovers and agreements, and what they read."""

from knowledge.planners.letters import COMPOSERS
from knowledge.planners.library import LibraryPlanner
from knowledge.planners.receivers import ReceiverPlanner
from knowledge.planners.reminders import KnowledgePlanner
from knowledge.planners.usefulness import UsefulnessPlanner

__all__ = [
    "COMPOSERS",
    "KnowledgePlanner",
    "LibraryPlanner",
    "ReceiverPlanner",
    "UsefulnessPlanner",
]
