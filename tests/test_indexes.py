"""No plain index is the beginning of another one: each costs every row that is written."""

import pytest
from django.apps import apps
from django.db import connection

# Plain B-tree indexes whose columns are the first ones of another index of the same table.
BEGINNINGS = """
WITH plain AS (
    SELECT x.indrelid, x.indexrelid, i.relname AS name, x.indisunique AS is_unique,
           x.indnkeyatts AS width, x.indkey::int2[] AS columns, x.indclass::oid[] AS classes
    FROM pg_index x
    JOIN pg_class i ON i.oid = x.indexrelid
    JOIN pg_am method ON method.oid = i.relam AND method.amname = 'btree'
    WHERE x.indpred IS NULL AND x.indexprs IS NULL
)
SELECT short.indrelid::regclass::text, short.name, long.name
FROM plain short
JOIN plain long ON long.indrelid = short.indrelid AND long.indexrelid <> short.indexrelid
WHERE NOT short.is_unique
  AND short.columns[0:short.width - 1] = long.columns[0:short.width - 1]
  AND short.classes[0:short.width - 1] = long.classes[0:short.width - 1]
  AND (short.width < long.width OR long.is_unique OR short.indexrelid > long.indexrelid)
ORDER BY 1, 2
"""
OURS = ("accounts", "core", "engagements", "knowledge", "notifications", "offboarding")


@pytest.mark.django_db
def test_no_index_is_the_beginning_of_another():
    tables = {
        model._meta.db_table
        for label in OURS
        for model in apps.get_app_config(label).get_models(include_auto_created=False)
    }
    with connection.cursor() as cursor:
        cursor.execute(BEGINNINGS)
        found = [row for row in cursor.fetchall() if row[0] in tables]

    # The one by organisation comes to every table with `OrganisationOwned`.
    surplus = [row for row in found if "_organisation_id_" not in row[1]]
    assert surplus == []
