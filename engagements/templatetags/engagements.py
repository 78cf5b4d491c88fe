"""How engagements show where they are."""

from typing import Any, Final

from django import template
from django.utils.safestring import SafeString

from core.templatetags.kb import status_tag
from engagements.models import State

register = template.Library()

# Only what needs attention gets colour.
KINDS: Final = {State.ENDED: "warn", State.ENDED_EARLY: "warn"}


@register.simple_tag
def engagement_state(engagement: Any) -> SafeString:
    """Show the state that ``with_state`` annotated."""
    state = State(engagement.state_now)
    return status_tag(str(state.label), KINDS.get(state, "plain"))
