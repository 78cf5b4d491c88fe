"""Errors that a person caused and can mend; their text is translated and shown."""


class DomainError(Exception):
    """Something that was asked cannot be done; the message says why and what to do."""


class InvalidTransitionError(DomainError):
    """The thing is not in a state from which this can be done."""


class NotPermittedError(DomainError):
    """The actor may see the thing, but may not do this to it."""


class StaleError(DomainError):
    """Somebody else changed the thing since the page was shown."""


class MailAwayError(Exception):
    """The mail server cannot be reached while somebody waits for the mail."""
