"""What the mail server answered, without its text, which carries addresses."""

import re
import smtplib
from typing import Final

from notifications.rules import Answer, Stage

STATUS: Final = re.compile(rb"\s*([245]\.\d{1,3}\.\d{1,3})\b")
COMMAND_NOT_IMPLEMENTED: Final = 502
STAGES: Final[dict[type[Exception], Stage]] = {
    smtplib.SMTPSenderRefused: Stage.SENDER,
    smtplib.SMTPDataError: Stage.CONTENT,
    smtplib.SMTPAuthenticationError: Stage.SIGN_IN,
    smtplib.SMTPHeloError: Stage.GREETING,
    smtplib.SMTPConnectError: Stage.CONNECTION,
}


def answer_of(error: OSError) -> Answer:
    """Return what an error of the conversation says, without its text, which carries addresses."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, text = next(iter(error.recipients.values()))
        return _spoken(Stage.RECIPIENT, code, text)
    if isinstance(error, smtplib.SMTPResponseException) and type(error) in STAGES:
        return _spoken(STAGES[type(error)], error.smtp_code, error.smtp_error)
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return Answer(stage=Stage.SIGN_IN, code=COMMAND_NOT_IMPLEMENTED, fault="unsupported")
    # smtplib hides a time-out behind "disconnected"; the cause says more.
    return Answer(stage=Stage.CONNECTION, fault=type(error.__context__ or error).__name__)


def _spoken(stage: Stage, code: int, text: bytes | str) -> Answer:
    if not 200 <= code < 600:  # noqa: PLR2004 - not SMTP at all
        return Answer(stage=stage, fault="garbage")
    status = STATUS.match(text.encode() if isinstance(text, str) else text)
    return Answer(stage=stage, code=code, status=status[1].decode() if status else "")
