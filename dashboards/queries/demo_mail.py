"""The mails that the try-out sent, read from the folder of its mail server."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from itertools import islice
from pathlib import Path
from typing import Final

from django.conf import settings

NAME: Final = re.compile(r"^[0-9A-Za-z.\-]+$")
SHOWN: Final = 200


@dataclass(frozen=True, slots=True)
class SentMail:
    """One mail as its reader gets it."""

    key: str
    to: str
    subject: str
    at: datetime | None
    text: str
    html: str


def sent_mails(*, search: str = "") -> list[SentMail]:
    """Return the newest mails first, at most 200.

    Args:
        search: part of the address or the subject.
    """
    needle = search.strip().casefold()
    read = (mail for path in _paths() if (mail := _read(path)) is not None)
    found = (mail for mail in read if needle in f"{mail.to} {mail.subject}".casefold())
    return list(islice(found, SHOWN))


def newest_to(address: str) -> SentMail | None:
    """Return the last mail that somebody got, or None."""
    wanted = address.casefold()
    read = (mail for path in _paths() if (mail := _read(path)) is not None)
    return next((mail for mail in read if wanted in mail.to.casefold()), None)


def sent_count() -> int:
    """Return how many mails were sent, those that the list leaves out too."""
    return len(_paths())


def sent_mail(key: str) -> SentMail | None:
    """Return one mail by the name of its file, or None."""
    if not NAME.match(key) or not settings.DEMO_MAIL_DIR:
        return None
    return _read(Path(settings.DEMO_MAIL_DIR) / f"{key}.eml")


def _paths() -> list[Path]:
    if not settings.DEMO_MAIL_DIR:
        return []
    return sorted(Path(settings.DEMO_MAIL_DIR).glob("*.eml"), reverse=True)


def _read(path: Path) -> SentMail | None:
    try:
        message = message_from_bytes(path.read_bytes(), policy=policy.default)
    except OSError:  # the mail server makes room while we look
        return None
    return SentMail(
        key=path.stem,
        to=str(message["X-Envelope-To"] or message["To"] or ""),
        subject=str(message["Subject"] or "").strip(),  # one that was folded begins with a space
        at=_moment_of(path),
        text=_part(message, "plain"),
        html=_part(message, "html"),
    )


def _part(message: EmailMessage, kind: str) -> str:
    part = message.get_body(preferencelist=(kind,))
    return str(part.get_content()) if part is not None else ""


def _moment_of(path: Path) -> datetime | None:
    try:
        return datetime.strptime(path.name.partition("Z-")[0], "%Y%m%dT%H%M%S.%f").replace(
            tzinfo=UTC
        )
    except ValueError:
        return None
