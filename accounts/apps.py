from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    """Users, roles and sign-in."""

    name = "accounts"

    def ready(self) -> None:
        from allauth.account.signals import email_changed

        from accounts import listeners
        from core import audit
        from notifications import planning

        planning.register_composer(
            "member_welcome", listeners.compose_member_welcome, _("welcome to a member")
        )
        email_changed.connect(listeners.answer_moved_login)
        audit.register_phrases(
            {
                "accounts.organisation.created": _("founded the organisation"),
                "accounts.organisation.changed": _("changed settings: %(fields)s"),
                "accounts.member.invited": _("invited a member (%(role)s)"),
                "accounts.member.changed": _("changed a member's access (%(role)s)"),
                "accounts.member.login_moved": _("signs in with another address"),
                "accounts.contact.created": _("added a contact"),
                "accounts.contact.changed": _("changed a contact"),
                "accounts.contact.language_chosen": _("chose another language for their mail"),
            }
        )
