"""Handing mails to the mail server, one after the other."""

import uuid
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from types import TracebackType
from typing import Any, Final, Self

from django.conf import settings
from django.core.mail import get_connection
from django.core.mail.backends import smtp

from core.models import Organisation
from notifications.mail.answers import answer_of
from notifications.mail.conversation import Backend, BeforeData, Watch, cut
from notifications.mail.letters import Email, build, mail_domain
from notifications.mail.texts import render
from notifications.rules import Answer

INTERACTIVE_SECONDS: Final = 10  # somebody waits for the page
# A connection may serve many messages; a server that has had enough says so before the text.
GOING_AWAY: Final = (None, 421)


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
        limit = 3 * timeout if timeout else settings.OUTBOX_LEASE_SECONDS * 0.8
        self._watch = Watch(limit, self.abort)
        self._backend: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._watch.close()
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
                with self._watch.within(), self._closing_on_error():
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
        cut(self._backend)

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
                self._backend = Backend(timeout=self._timeout)
            self._backend.open()

    def _hand_over(self, email: Email | None, progress: "_Progress") -> None:
        if email is None:
            if conversation := getattr(self._backend, "conversation", None):
                conversation.ehlo_or_helo_if_needed()
            return
        if isinstance(self._backend, Backend):
            self._backend.hand_over(email, progress.begin)
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
    backend = Backend(timeout=timeout)
    with closing(Watch(3 * timeout, lambda: cut(backend))) as watch, watch.within():
        try:
            backend.open()
        finally:
            with suppress(OSError):
                backend.close()
