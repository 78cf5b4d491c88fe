from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NotificationsConfig(AppConfig):
    """Rules, decided reminders and the outbox of mail."""

    name = "notifications"

    def ready(self) -> None:
        from core import audit
        from notifications import operations, planning

        planning.register_composers("digest", operations.compose_digests, _("daily message"))
        planning.register_composers("notice", operations.compose_digests, _("urgent message"))
        audit.register_phrases(
            {
                "notifications.contact.bounced": _("mail came back (%(code)s)"),
                "notifications.message.retried": _("had a message sent again"),
                "notifications.message.redirected": _("had a message sent to another address"),
                "notifications.rule.changed": _("changed the reminder “%(code)s”"),
            }
        )
