"""Handing mails to the mail server.

The conversation with the server is Django's, with three things added that an outbox needs: a call
just before the text leaves, a longer patience for the last answer, and an end to a server that
answers one byte at a time.
"""

import re
import smtplib
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from types import TracebackType
from typing import Any, Final, Self

from django.conf import settings
from django.core.mail import get_connection
from django.core.mail.backends import smtp

from notifications.mail.wire import Email, envelope, wire_bytes
from notifications.rules import Answer, Stage

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

BeforeData = Callable[[], None]


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

    def _send(self, email_message: Email) -> bool:
        """Hand one mail over, as Django does, but for the cost of putting it together."""
        sender = envelope(email_message.from_email)
        readers = [envelope(address) for address in email_message.recipients()]
        conversation: Any = self.connection
        conversation.sendmail(sender, readers, wire_bytes(email_message))
        return True


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
