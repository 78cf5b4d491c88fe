from django.db import migrations

# One round trip and one commit each instead of three or four, twice for every mail. Every statement
# of such a function sees what was committed before it began, as statements of a transaction do.
MAKE = """
CREATE FUNCTION notifications_hold(
    message_key bigint, token uuid, attempt integer, lease integer, noted_at timestamptz,
    reader_email text, reader_is_active boolean, reader_bounced_at timestamptz, told bigint[]
) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    UPDATE notifications_message
       SET lease_until = statement_timestamp() + lease * interval '1 second',
           next_attempt_at = statement_timestamp() + lease * interval '1 second'
     WHERE id = message_key AND state = 'leased' AND lease_token = token;
    IF NOT FOUND THEN
        RETURN 'lost';
    END IF;
    -- A statement of its own, to see what was withdrawn while the one above waited.
    INSERT INTO notifications_messageattempt
           (organisation_id, message_id, number, lease_token, step, at, code)
    SELECT message.organisation_id, message.id, attempt, token, 'handing_over', noted_at, ''
      FROM notifications_message AS message
      JOIN core_contact AS reader ON reader.id = message.contact_id
     WHERE message.id = message_key
       AND reader.email = reader_email AND reader.is_active = reader_is_active
       AND reader.bounced_at IS NOT DISTINCT FROM reader_bounced_at
       AND told = ARRAY(
           SELECT id FROM notifications_reminder
            WHERE message_id = message_key AND state = 'bundled' ORDER BY id);
    IF NOT FOUND THEN
        RETURN 'changed';
    END IF;
    RETURN 'held';
END $$;

CREATE FUNCTION notifications_settle_sent(
    message_key bigint, organisation_key bigint, token uuid, attempt integer,
    noted_at timestamptz, answer text, told bigint[], was_paused boolean
) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO notifications_messageattempt
           (organisation_id, message_id, number, lease_token, step, at, code)
    VALUES (organisation_key, message_key, attempt, token, 'sent', noted_at, answer);
    UPDATE notifications_message
       SET state = 'sent', sent_at = statement_timestamp(), last_code = answer, reason = '',
           lease_token = NULL, lease_until = NULL
     WHERE id = message_key AND state = 'leased' AND lease_token = token;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    UPDATE notifications_reminder
       SET state = CASE WHEN id = ANY (told) THEN 'sent' ELSE 'cancelled' END
     WHERE message_id = message_key AND state = 'bundled';
    IF was_paused THEN
        DELETE FROM notifications_relaypause;
    END IF;
    RETURN true;
END $$;
"""
DROP = """
DROP FUNCTION notifications_settle_sent;
DROP FUNCTION notifications_hold;
"""


class Migration(migrations.Migration):
    """Let the database check and note a mail in one statement, before its text leaves and after."""

    dependencies = [("notifications", "0004_indexes_for_pages")]
    operations = [migrations.RunSQL(MAKE, DROP)]
