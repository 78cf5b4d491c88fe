"""Let what counts open tasks read the index alone."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("offboarding", "0008_colleague_who_takes_over")]

    operations = [
        migrations.RemoveIndex(model_name="checklistitem", name="item_open_by_due"),
        migrations.AddIndex(
            model_name="checklistitem",
            index=models.Index(
                fields=["organisation", "due_on"],
                include=["engagement", "owner", "is_backlog", "is_gate"],
                condition=models.Q(state="open"),
                name="item_open_by_due",
            ),
        ),
    ]
