"""What a message would say if it were sent now; opens no door and sends nothing."""

from notifications import mail, planning
from notifications.models import Message
from notifications.operations.sending import compose

SAMPLE_ADDRESS = "…"


def preview(message: Message) -> str:
    """Return subject and text of a message as it would be now, empty when it is not needed.

    Addresses are shown as "…": a link exists only in the mail itself.
    """
    if planning.composer_for(message.kind) is None:
        return ""
    letter = compose(message)
    if letter is None:
        return ""
    dossiers = letter.dossiers or ([message.dossier] if message.dossier else [])
    context = {
        "action_url": SAMPLE_ADDRESS,
        **letter.context,
        "urls": dict.fromkeys(dossiers, SAMPLE_ADDRESS),
        "url": SAMPLE_ADDRESS,
    }
    rendered = mail.render(
        letter.template,
        context,
        language=message.contact.language,
        organisation=message.organisation,
    )
    return f"{rendered.subject}\n\n{rendered.text}"
