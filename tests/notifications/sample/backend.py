"""A mail backend that keeps mails, and can be told to fail in the ways that a server fails."""

import smtplib

from django.core.mail.backends.base import BaseEmailBackend

sent = []
answers = []  # what happens to the next mails; empty is success


class EmailBackend(BaseEmailBackend):
    def send_messages(self, messages):
        fault = answers.pop(0) if answers else None
        if fault == "later":
            raise smtplib.SMTPDataError(451, b"4.3.0 later")
        sent.extend(messages)
        if fault == "vanishes":
            raise smtplib.SMTPServerDisconnected("Connection unexpectedly closed")
        return len(messages)
