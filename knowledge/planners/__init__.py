"""When people are told about handovers and agreements, and what they read."""

from knowledge.planners.letters import COMPOSERS
from knowledge.planners.reminders import KnowledgePlanner

__all__ = ["COMPOSERS", "KnowledgePlanner"]
