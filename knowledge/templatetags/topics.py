"""How topics, receivers and risks are told on pages."""

from collections.abc import Iterable, Mapping

from django import template
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from core.templatetags.kb import status_tag
from core.wording import date_short, listed, number
from knowledge.models import KnowledgeAgreement, Topic
from knowledge.queries import EngagementFigures, ShownReceiver, TopicFigures

register = template.Library()

SENTENCES: Mapping[str, Promise] = {
    "act_now": gettext_lazy("Act now: too little stays for the time that is left."),
    "plan_now": gettext_lazy("Plan now who gets it and when."),
    "prepare": gettext_lazy("Prepare: choose receivers and forms."),
    "watch": gettext_lazy("Little risk as it is now. Keep an eye on it."),
}
BANDS: Mapping[str, Promise] = {
    "act_now": gettext_lazy("Act now"),
    "plan_now": gettext_lazy("Plan now"),
    "prepare": gettext_lazy("Prepare"),
    "watch": gettext_lazy("Low"),
}
WORDS: Mapping[str, Promise] = {
    "good": pgettext_lazy("coverage", "good"),
    "fair": pgettext_lazy("coverage", "fair"),
    "low": pgettext_lazy("coverage", "low"),
    "critical": pgettext_lazy("coverage", "critical"),
}
KINDS: Mapping[str, str] = {
    "act_now": "bad",
    "plan_now": "warn",
    "prepare": "info",
    "watch": "plain",
}
LEAK_CLASSES: Mapping[str, str] = {"act_now": "number-bad", "plan_now": "number-now"}


@register.filter
def band_sentence(figures: EngagementFigures | TopicFigures) -> str:
    """Say what a risk asks for."""
    return str(SENTENCES[figures.band])


@register.filter
def leak_class(figures: EngagementFigures) -> str:
    """Colour the figure of the leak where it asks for something."""
    return LEAK_CLASSES.get(figures.band, "")


@register.filter
def receiver_names(receivers: Iterable[ShownReceiver]) -> str:
    """Return who receives a topic: "Samira Haddou and Omar Bakkali"."""
    return listed([one.receiver.contact.name for one in receivers])


@register.simple_tag
def risk_tag(figures: EngagementFigures | None) -> SafeString:
    """Say what the leak of an engagement asks for; without topics nobody knows."""
    if figures is None or figures.leak is None:
        return status_tag(_("unknown"), "plain")
    return status_tag(str(BANDS[figures.band]), KINDS[figures.band])


@register.filter
def coverage_word(word: str) -> str:
    """Return the name of a class of coverage: good, fair, low or critical."""
    return str(WORDS[word])


@register.simple_tag
def coverage_tag(figures: TopicFigures | None) -> SafeString:
    """Say how much of a topic stays; coloured where the risk asks for something."""
    if figures is None:
        return status_tag(_("not agreed yet"))
    kind = KINDS[figures.band]
    return status_tag(_("%(percent)s%% stays") % {"percent": number(figures.percent)}, kind)


@register.simple_tag
def topic_state_tag(topic: Topic, side: str) -> SafeString:
    """Say whose answer a proposed topic waits for, seen from one side."""
    if topic.waits_for(side):
        return status_tag(_("Your answer"), "now")
    return status_tag(_("Waits for the other side"), "info")


@register.simple_tag
def receiver_tag(one: ShownReceiver) -> SafeString:
    """Say how far a receiver is, by their own word."""
    if one.question is not None:
        return status_tag(_("Asks a question"), "warn")
    if one.is_waiting and one.is_asked_on is not None:
        day = date_short(one.is_asked_on)
        return status_tag(_("Will be asked on %(day)s") % {"day": day}, "info")
    if one.is_waiting:
        return status_tag(_("Asked"), "info")
    if one.best is not None:
        return status_tag(capfirst(one.best.get_answer_display()), "plain")
    return status_tag(_("Nothing to confirm yet"))


@register.simple_tag
def topic_asks(topic: Topic) -> str:
    """Say what one side asks of the other about a topic."""
    if topic.state == Topic.State.PROPOSED:
        return _("%(name)s proposes this topic with weight %(weight)s.") % {
            "name": topic.proposed_by,
            "weight": topic.get_criticality_display(),
        }
    new, old = topic.get_asked_criticality_display(), topic.get_criticality_display()
    if topic.asked_by_side == KnowledgeAgreement.Side.CLIENT:
        text = _("The client asks for weight %(new)s instead of %(old)s.")
    else:
        text = _("The professional asks for weight %(new)s instead of %(old)s.")
    return text % {"new": new, "old": old}
