"""Who does something: a signed-in user, the holder of an action link, or the system."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["user", "link", "system"]


@dataclass(frozen=True, kw_only=True)
class Actor:
    """The author of a change, written beside it in the history.

    Attributes:
        label: name as people read it; never an address.
        kind: by which door the actor came.
        user_id: key of the signed-in user, if any.
        contact_id: key of the contact that acts (link holder, or the user's own contact).
        grant_id: key of the action link, if any.
    """

    label: str
    kind: Kind = "user"
    user_id: int | None = None
    contact_id: int | None = None
    grant_id: int | None = None


SYSTEM = Actor(label="Kennisborg", kind="system")
