class EmbeddedServerError(Exception):
    """The try-out servers cannot run; the message is one line for the person who asked for them."""


class InUseError(EmbeddedServerError):
    """Somebody else runs these servers on the same data; `owner` says who."""

    def __init__(self, message: str, owner: dict[str, object]) -> None:
        super().__init__(message)
        self.owner = owner
