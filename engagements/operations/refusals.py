"""What people read when the database refuses a row."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.db import IntegrityError, models, transaction
from django.db.models import BaseConstraint
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError

# Where the constraint itself has no text of its own.
TEXTS: Final[dict[str, Promise]] = {
    "engagement_cancelled_or_closed": _("This engagement is closed or cancelled already."),
    "engagement_change_one_request": _(
        "There is a request for this engagement already. HR decides on it first."
    ),
    "freelancer_address_once": _("Another professional has this e-mail address already."),
    "freelancer_user_once": _("This login belongs to another professional already."),
    "intermediary_name_once": _("There is already an intermediary with this name."),
}


class RefusedError(DomainError):
    """A constraint of the database refused the row; the text says which rule it is."""

    def __init__(self, text: str | Promise, constraint: str) -> None:
        """Keep the name of the constraint beside the text."""
        super().__init__(text)
        self.constraint = constraint


@contextmanager
def refusing(*model_classes: type[models.Model]) -> Iterator[None]:
    """Turn the violation of a constraint of these models into an error that people can read.

    Opens a savepoint, so that the transaction around it can go on.
    """
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) or ""
        text = TEXTS.get(name) or _text_of(name, model_classes)
        if text is None:
            raise
        raise RefusedError(text, name) from error


def _text_of(name: str, model_classes: tuple[type[models.Model], ...]) -> str | Promise | None:
    default = str(BaseConstraint.default_violation_error_message)
    for model_class in model_classes:
        for constraint in model_class._meta.constraints:
            if constraint.name == name and str(constraint.violation_error_message) != default:
                return constraint.violation_error_message
    return None
