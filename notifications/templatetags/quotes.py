from django import template

register = template.Library()


@register.filter
def quoted(text: str) -> str:
    """Mark each line of what somebody wrote, as mail does: none of it passes for our own words."""
    return "\n".join(f"> {line}" for line in text.splitlines())
