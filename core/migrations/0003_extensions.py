from django.contrib.postgres.operations import (
    BtreeGistExtension,
    TrigramExtension,
    UnaccentExtension,
)
from django.db import migrations


class Migration(migrations.Migration):
    """Overlap constraints, fast "contains" and accent-free search need these."""

    dependencies = [("core", "0002_append_only")]
    operations = [BtreeGistExtension(), TrigramExtension(), UnaccentExtension()]
