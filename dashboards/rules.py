"""The people of the try-out organisation; everything about them is made up."""

from typing import Final

DEMO_SLUG: Final = "veldam"
DEMO_NAME: Final = "Gemeente Veldam"
DEMO_HR: Final = "m.visser@veldam.example"
DEMO_MANAGER: Final = "p.bos@veldam.example"
DEMO_FREELANCER: Final = "fatima@elidrissi.example"
# The mail server of the try-out refuses this one, so that a mail really cannot be delivered.
DEMO_UNREACHABLE: Final = "k.smit@veldam.example"
