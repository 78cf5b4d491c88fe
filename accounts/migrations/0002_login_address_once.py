from django.db import migrations

CREATE = "CREATE UNIQUE INDEX login_address_once ON account_emailaddress (lower(email))"
DROP = "DROP INDEX login_address_once"


class Migration(migrations.Migration):
    """Let an address stand with one login only, confirmed or not.

    The sign-in library tells only confirmed addresses apart: somebody who claimed a colleague's
    would have received the visit of that colleague.
    """

    dependencies = [
        ("accounts", "0001_initial"),
        ("account", "0009_emailaddress_unique_primary_email"),
    ]
    operations = [migrations.RunSQL(CREATE, DROP)]
