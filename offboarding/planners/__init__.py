"""When people are told about tasks, and what they read."""

from offboarding.planners.letters import COMPOSERS
from offboarding.planners.reminders import OffboardingPlanner

__all__ = ["COMPOSERS", "OffboardingPlanner"]
