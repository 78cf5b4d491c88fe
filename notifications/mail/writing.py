"""The bytes of a mail: the same that Django makes of it, with a quarter of the work.

Django lets Python's mail package fold every header and write every line, whatever is in them. Most
headers fit on a line as they are, and a text needs but the line ends of mail.
"""

import re
import secrets
from email.policy import compat32
from email.utils import formatdate
from functools import lru_cache
from typing import Any, Final

from django.conf import settings
from django.core.mail import forbid_multi_line_headers
from django.core.mail.message import RFC5322_EMAIL_LINE_LENGTH_LIMIT, sanitize_address

from notifications.mail.letters import Email

ENCODING: Final = "utf-8"
NEWLINE: Final = b"\r\n"
HEADER_LENGTH: Final = 78  # longer ones are folded
PLAIN_VALUE: Final = re.compile(r"[!-~]+(?: [!-~]+)*")
PLAIN_ADDRESS: Final = re.compile(
    r"[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"
)
_folding: Final = compat32.clone(linesep="\r\n")


def written(email: Email) -> bytes:
    """Return a mail with one text, one alternative and one address as it leaves, with its date."""
    texts = {"plain": email.body.encode(), **_alternatives(email)}
    if email.attachments or not email.body or any(map(_has_long_line, texts.values())):
        message: Any = email.message()  # encodes files, and lines that may not be sent as they are
        whole: bytes = message.as_bytes(linesep="\r\n")
        return whole
    boundary = f"==============={secrets.randbits(128):039d}=="
    line = f"\r\n--{boundary}".encode()
    parts = [line + NEWLINE + _part(subtype, text) for subtype, text in texts.items()]
    return b"".join([_headers(email, boundary), *parts, line, b"--", NEWLINE])


def address(whole: str) -> str:
    """Return an address as the conversation names it, in ASCII."""
    return whole if PLAIN_ADDRESS.fullmatch(whole) else _in_ascii(whole)


@lru_cache(maxsize=16)  # our own address comes with every mail
def _in_ascii(whole: str) -> str:
    said: str = sanitize_address(whole, ENCODING)
    return said


def _alternatives(email: Email) -> dict[str, bytes]:
    return {
        media_type.removeprefix("text/"): str(content).encode()
        for content, media_type in email.alternatives
    }


def _has_long_line(text: bytes) -> bool:
    return max(map(len, text.split(b"\n"))) > RFC5322_EMAIL_LINE_LENGTH_LIMIT


def _headers(email: Email, boundary: str) -> bytes:
    values = {"Subject": str(email.subject), "From": email.from_email, "To": ", ".join(email.to)}
    if email.reply_to:
        values["Reply-To"] = ", ".join(email.reply_to)
    values["Date"] = formatdate(localtime=settings.EMAIL_USE_LOCALTIME)
    values.update(email.extra_headers)
    kind = (
        f'Content-Type: multipart/alternative;\r\n boundary="{boundary}"\r\nMIME-Version: 1.0\r\n'
    )
    return kind.encode() + b"".join(_header(name, value) for name, value in values.items())


def _header(name: str, value: str) -> bytes:
    if len(name) + len(": ") + len(value) <= HEADER_LENGTH and PLAIN_VALUE.fullmatch(value):
        return f"{name}: {value}\r\n".encode()
    return _folding.fold_binary(*forbid_multi_line_headers(name, value, ENCODING))


def _part(subtype: str, text: bytes) -> bytes:
    bits = "7bit" if text.isascii() else "8bit"
    head = (
        f'Content-Type: text/{subtype}; charset="{ENCODING}"\r\n'
        f"MIME-Version: 1.0\r\nContent-Transfer-Encoding: {bits}\r\n\r\n"
    )
    return head.encode() + re.sub(rb"\r\n|\r|\n", NEWLINE, text)
