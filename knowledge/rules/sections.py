"""The handover document: its eight sections, and which of them are still empty. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrPromise


@dataclass(frozen=True, slots=True)
class HandoverSection:
    """One required section of the handover document."""

    code: str
    label: StrPromise
    question: StrPromise


# Source: domain.md section 2, form "handover document".
HANDOVER_SECTIONS: Final = (
    HandoverSection(
        "role_snapshot",
        _("The role in short"),
        _("What do you do here, for whom, and what would stop without it?"),
    ),
    HandoverSection(
        "work_in_flight",
        _("Work in progress"),
        _("What is running now, how far is it, and what is the next step?"),
    ),
    HandoverSection(
        "decisions",
        _("Decisions and why"),
        _("Which choices were made, what was rejected, and why?"),
    ),
    HandoverSection(
        "risks",
        _("Risks and warnings"),
        _("What can go wrong, how do you notice, and what do you do then?"),
    ),
    HandoverSection(
        "systems",
        _("Systems and places"),
        _("Which systems, folders and tools are used? Never write down a password."),
    ),
    HandoverSection(
        "people",
        _("People"),
        _("Who matters for this work, for what, and how do they like to be reached?"),
    ),
    HandoverSection(
        "rhythms",
        _("Rhythms"),
        _("What comes back each week, month or year, and when is it due?"),
    ),
    HandoverSection(
        "first_week",
        _("The first week"),
        _("What should the next person do, read and ask in the first week?"),
    ),
)


def missing_sections(sections: Mapping[str, str]) -> list[str]:
    """Return the codes of required sections without a single letter or digit, in their order.

    Args:
        sections: text by section code; codes that are not in the table do not matter.

    Source: domain.md section 2, "required sections left empty cannot be submitted".
    """
    return [
        section.code
        for section in HANDOVER_SECTIONS
        if not any(character.isalnum() for character in sections.get(section.code, ""))
    ]
