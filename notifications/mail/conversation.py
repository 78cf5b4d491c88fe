"""Django's conversation with the mail server, with three things added that an outbox needs.

They are a call just before the text leaves, a longer patience for the last answer, and an end to a
server that answers one byte at a time.
"""

import smtplib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

from django.conf import settings
from django.core.mail.backends import smtp

from notifications.mail.letters import Email
from notifications.mail.writing import address, written

BeforeData = Callable[[], None]


class _Conversation(smtplib.SMTP):
    """SMTP that calls us before the text leaves and then waits longer for its answer.

    RFC 5321 asks for ten minutes of patience after the final dot; cutting it short makes
    duplicates, because the server may have taken the mail.
    """

    def __init__(self, backend: "Backend", *args: Any, **options: Any) -> None:
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


class Backend(smtp.EmailBackend):
    """Django's, with our conversation inside."""

    conversation: _Conversation | None = None
    before_data: BeforeData

    def __init__(self, timeout: int | None) -> None:
        super().__init__(timeout=timeout)
        self.last_answer_seconds = timeout or settings.OUTBOX_LAST_ANSWER_SECONDS

    def hand_over(self, email: Email, before_data: BeforeData) -> None:
        """Send one mail over the open connection; Django would make its bytes the slow way."""
        self.before_data = before_data
        sender, recipients = address(email.from_email), [address(one) for one in email.to]
        connection: Any = self.connection  # was opened
        connection.sendmail(sender, recipients, written(email))

    @property
    def connection_class(self) -> Any:
        return partial(_TlsConversation if self.use_ssl else _Conversation, self)


def cut(backend: Any) -> None:
    # Looked at once: whoever sends may close it at this moment.
    sock = getattr(getattr(backend, "conversation", None), "sock", None)
    if sock is not None:
        with suppress(OSError):
            # Not the TLS layer's own shutdown, which is not safe from another thread.
            socket.socket.shutdown(sock, socket.SHUT_RDWR)


class Watch:
    """Gives up on what takes too long: time-outs count per answer, and a server can drip for hours.

    One thread for one thing after the other, as starting a thread takes longer than composing a
    mail. It looks when the present one may be over at the earliest, and nobody wakes it up.
    """

    def __init__(self, seconds: float, give_up: Callable[[], None]) -> None:
        """Prepare, without watching.

        Args:
            seconds: how long each thing may take.
            give_up: called from another thread, at most once for each.
        """
        self._seconds = seconds
        self._give_up = give_up
        self._lock = threading.Lock()
        self._ends_at: float | None = None
        self._is_over = threading.Event()
        self._thread: threading.Thread | None = None

    @contextmanager
    def within(self) -> Iterator[None]:
        """Give up on what is done inside after the time that it may take."""
        self._ends_at = time.monotonic() + self._seconds
        if self._thread is None:
            thread = threading.Thread(target=self._look, name="mail watch", daemon=True)
            thread.start()
            self._thread = thread
        try:
            yield
        finally:
            with self._lock:  # what comes next is not cut off because this one took too long
                self._ends_at = None

    def close(self) -> None:
        """Stop watching, for good."""
        self._is_over.set()

    def _look(self) -> None:
        wait = self._seconds
        while not self._is_over.wait(wait):
            with self._lock:
                now = time.monotonic()
                # What begins after this look is not over before the next one.
                wait = self._seconds if self._ends_at is None else self._ends_at - now
                if wait <= 0:
                    self._give_up()
                    self._ends_at, wait = None, self._seconds
