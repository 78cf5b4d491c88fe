"""Rendering one mail and handing it to the mail server; nobody else talks to that server.

The conversation with the server is Django's, with three things added that an outbox needs: a call
just before the text leaves, a longer patience for the last answer, and an end to a server that
answers one byte at a time.
"""

import re
import smtplib
import socket
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import urlsplit

import css_inline
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends import smtp
from django.template import Context
from django.template.loader import get_template
from django.utils import timezone, translation

from core import fields
from core.models import Organisation
from notifications.rules import Answer, Stage

# Any fixed UUID: the same message has the same Message-ID on every try, for ever.
NAMESPACE: Final = uuid.UUID("6b1d3c52-8a0e-5f5e-9c7b-0d8c1f6f2a11")
SUBJECT_LENGTH: Final = 200
INTERACTIVE_SECONDS: Final = 10  # somebody waits for the page
STATUS: Final = re.compile(rb"\s*([245]\.\d{1,3}\.\d{1,3})\b")
# A connection may serve many messages; a server that has had enough says so before the text.
GOING_AWAY: Final = (None, 421)
COMMAND_NOT_IMPLEMENTED: Final = 502
STAGES: Final[dict[type[Exception], Stage]] = {
    smtplib.SMTPSenderRefused: Stage.SENDER,
    smtplib.SMTPDataError: Stage.CONTENT,
    smtplib.SMTPAuthenticationError: Stage.SIGN_IN,
    smtplib.SMTPHeloError: Stage.GREETING,
    smtplib.SMTPConnectError: Stage.CONNECTION,
}

_inliner = css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)

Email = EmailMultiAlternatives
BeforeData = Callable[[], None]
File = tuple[str, bytes, str]


class NotSentError(OSError):
    """The mail server did not take a message.

    Attributes:
        answer: what it said, without text.
        is_uncertain: the text was handed over and no answer came: it may have arrived.
        is_away: there was no mail server to talk to at all.
    """

    def __init__(self, answer: Answer, *, is_uncertain: bool, is_away: bool) -> None:
        super().__init__(answer.label)
        self.answer = answer
        self.is_uncertain = is_uncertain
        self.is_away = is_away


@dataclass(frozen=True, kw_only=True)
class Rendered:
    """What a mail says in one language."""

    subject: str
    text: str
    html: str


def render(
    template: str,
    context: Mapping[str, Any],
    *,
    language: str,
    organisation: Organisation | None,
) -> Rendered:
    """Return the texts of ``templates/emails/<template>_*`` in a language and time zone."""
    zone = organisation.zone if organisation else timezone.get_default_timezone()
    with translation.override(language), timezone.override(zone):
        values = {**context, "organisation": organisation, "base_url": settings.BASE_URL}
        values["subject"] = one_line(_plain(f"emails/{template}_subject.txt", values))
        text = re.sub(r"\n{3,}", "\n\n", _plain(f"emails/{template}_body.txt", values))
        html = get_template(f"emails/{template}_body.html").render(values)
    return Rendered(subject=values["subject"], text=text.strip() + "\n", html=_inliner.inline(html))


def _plain(name: str, values: Mapping[str, Any]) -> str:
    template: Any = get_template(name)
    # Plain text escapes nothing: "O'Brien" must not become "O&#x27;Brien".
    text: str = template.template.render(Context(values, autoescape=False))
    return text


def one_line(text: str) -> str:
    """Return text that is safe as a header: one line, no tricks, not endless."""
    line = fields.one_line(text)
    # "=?" begins an encoded word: a name could smuggle one in for the reader's program to decode.
    line = line.replace("=?", "= ?")
    return line if len(line) <= SUBJECT_LENGTH else f"{line[: SUBJECT_LENGTH - 1]}…"


def message_id(organisation: Organisation, dedupe_key: str) -> str:
    """Return the Message-ID of a promised mail; every try bears the same."""
    name = f"{organisation.public_id}:{dedupe_key}"
    return f"<{uuid.uuid5(NAMESPACE, name)}@{mail_domain()}>"


def mail_domain() -> str:
    """Return the domain in our Message-IDs: the host of this installation's address."""
    return urlsplit(settings.BASE_URL).hostname or "kennisborg.invalid"


def build(
    rendered: Rendered,
    *,
    to: str,
    organisation: Organisation | None,
    headers: Mapping[str, str],
    attachments: Sequence[File] = (),
) -> Email:
    """Return a mail with a plain and an HTML text, marked as written by a machine.

    Args:
        rendered: its texts.
        to: one address; there is never a second recipient.
        organisation: answers go to its hiring desk.
        headers: at least Message-ID.
        attachments: name, content and media type of each.
    """
    reply_to = [organisation.desk_email] if organisation and organisation.desk_email else []
    email = EmailMultiAlternatives(
        rendered.subject,
        rendered.text,
        settings.DEFAULT_FROM_EMAIL,
        [to],
        reply_to=reply_to,
        headers={"Auto-Submitted": "auto-generated", **headers},
    )
    email.attach_alternative(rendered.html, "text/html")
    for name, content, media_type in attachments:
        email.attach(one_line(name), content, media_type)
    return email


def send_now(
    template: str,
    to: str,
    context: Mapping[str, Any],
    language: str,
    organisation: Organisation | None = None,
    *,
    is_held_back: bool = False,
) -> None:
    """Send a mail that somebody is waiting for, such as a sign-in code, without the outbox.

    Args:
        template: as for `render`.
        to: one address.
        context: what the template needs.
        language: in which it is written.
        organisation: answers go to its hiring desk.
        is_held_back: goes as far as the mail server and does not hand the mail over.

    Raises:
        NotSentError: the mail server did not take it (a subclass of OSError).
    """
    rendered = render(template, context, language=language, organisation=organisation)
    headers = {"Message-ID": f"<{uuid.uuid4()}@{mail_domain()}>"}
    email = build(rendered, to=to, organisation=organisation, headers=headers)
    with Relay(timeout=INTERACTIVE_SECONDS) as relay:
        relay.send(None if is_held_back else email)


def greet(timeout: int) -> None:
    """Sign in at the mail server as sending does, and say goodbye.

    Args:
        timeout: seconds for each answer.

    Raises:
        OSError: it does not answer, or does not let us in; see ``answer_of``.
    """
    backend = _Backend(timeout=timeout)
    with _within(3 * timeout, lambda: _cut(backend)):
        try:
            backend.open()
        finally:
            with suppress(OSError):
                backend.close()


class Relay:
    """A conversation with the mail server, kept open for several messages.

    Keep one for a burst of messages and close it when there is nothing left to send: a server
    drops connections that idle.
    """

    def __init__(self, timeout: int | None = None) -> None:
        """Prepare, without connecting.

        Args:
            timeout: seconds for each answer; None is the outbox's patience.
        """
        self._timeout = timeout
        # A message's waits together stay below its lease, else another sender takes it as well.
        self._limit = 3 * timeout if timeout else settings.OUTBOX_LEASE_SECONDS * 0.8
        self._backend: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def send(self, email: Email | None, before_data: BeforeData | None = None) -> None:
        """Hand one mail over.

        Args:
            email: with one recipient; None stops where the first mail would be named.
            before_data: called once, when the server is ready for the text; what it raises stops
                the mail and comes out of here.

        Raises:
            NotSentError: the server did not take it.
        """
        progress = _Progress(before_data)
        while True:
            is_new = self._backend is None
            try:
                with _within(self._limit, self.abort), self._closing_on_error():
                    self._open()
                    progress.is_connected = True
                    self._hand_over(email, progress)
            except OSError as error:
                answer = answer_of(error)
                if is_new or progress.has_begun or answer.code not in GOING_AWAY:
                    raise NotSentError(
                        answer,
                        is_uncertain=progress.has_begun and answer.code is None,
                        is_away=not progress.is_connected,
                    ) from error
            else:
                return

    def close(self) -> None:
        """Say goodbye; a server that has gone already is no reason to fail."""
        backend, self._backend = self._backend, None
        if backend is not None:
            with suppress(OSError):
                backend.close()

    def abort(self) -> None:
        """Cut the line, so that a read in another thread ends."""
        _cut(self._backend)

    @contextmanager
    def _closing_on_error(self) -> Iterator[None]:
        is_done = False
        try:
            yield
            is_done = True
        finally:
            if not is_done:
                self.close()

    def _open(self) -> None:
        if self._backend is None:
            self._backend = get_connection(timeout=self._timeout)
            # Other backends (tests, a folder) have no conversation to look after.
            if type(self._backend) is smtp.EmailBackend:
                self._backend = _Backend(timeout=self._timeout)
            self._backend.open()

    def _hand_over(self, email: Email | None, progress: "_Progress") -> None:
        if email is None:
            if conversation := getattr(self._backend, "conversation", None):
                conversation.ehlo_or_helo_if_needed()
            return
        if isinstance(self._backend, _Backend):
            self._backend.before_data = progress.begin
        else:
            progress.begin()
        self._backend.send_messages([email])


class _Progress:
    """How far one mail has come: is there a server, has the text begun to leave."""

    def __init__(self, before_data: BeforeData | None) -> None:
        self._before_data = before_data
        self.is_connected = False
        self.has_begun = False

    def begin(self) -> None:
        if self._before_data is not None:
            self._before_data()
        self.has_begun = True


def _cut(backend: Any) -> None:
    conversation = getattr(backend, "conversation", None)
    if conversation is not None and conversation.sock is not None:
        with suppress(OSError):
            # Not the TLS layer's own shutdown, which is not safe from another thread.
            socket.socket.shutdown(conversation.sock, socket.SHUT_RDWR)


class _Conversation(smtplib.SMTP):
    """SMTP that calls us before the text leaves and then waits longer for its answer.

    RFC 5321 asks for ten minutes of patience after the final dot; cutting it short makes
    duplicates, because the server may have taken the mail.
    """

    def __init__(self, backend: "_Backend", *args: Any, **options: Any) -> None:
        self._backend = backend
        backend.conversation = self
        super().__init__(*args, **options)

    def data(self, msg: Any) -> tuple[int, bytes]:
        self._backend.before_data()
        if self.sock is not None:
            self.sock.settimeout(self._backend.last_answer_seconds)
        try:
            return super().data(msg)
        finally:
            if self.sock is not None:
                self.sock.settimeout(self.timeout)


class _TlsConversation(_Conversation, smtplib.SMTP_SSL):
    """The same from the first byte inside TLS."""


class _Backend(smtp.EmailBackend):
    """Django's, with our conversation inside."""

    conversation: _Conversation | None = None
    before_data: BeforeData

    def __init__(self, timeout: int | None) -> None:
        super().__init__(timeout=timeout)
        self.last_answer_seconds = timeout or settings.OUTBOX_LAST_ANSWER_SECONDS

    @property
    def connection_class(self) -> Any:
        return partial(_TlsConversation if self.use_ssl else _Conversation, self)


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


@contextmanager
def _within(seconds: float, give_up: Callable[[], None]) -> Iterator[None]:
    """Give up after a time: time-outs count per answer, and a server can drip for hours."""
    watch = threading.Timer(seconds, give_up)
    watch.daemon = True
    watch.start()
    try:
        yield
    finally:
        watch.cancel()
