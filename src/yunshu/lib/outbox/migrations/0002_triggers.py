"""What is told stays told: the outbox is append-only but for ``published_at`` (NULL to a time, once).

Only the owner of the tables deletes (``yunshu outbox prune``), and only what is published. Each statement that
adds facts wakes the relays.
"""

from django.db import migrations

FORWARD = """
CREATE FUNCTION outbox_entry_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.published_at IS NOT NULL THEN
            RAISE EXCEPTION 'a fact is written unpublished' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    ELSIF TG_OP = 'UPDATE' THEN
        IF OLD.published_at IS NOT NULL OR NEW.published_at IS NULL
           OR to_jsonb(NEW) - 'published_at' <> to_jsonb(OLD) - 'published_at' THEN
            RAISE EXCEPTION 'the outbox is append-only' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.published_at IS NULL OR NOT pg_has_role(current_user, (SELECT relowner FROM pg_class WHERE oid = TG_RELID), 'USAGE') THEN
        RAISE EXCEPTION 'the outbox is append-only' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER outbox_entry_is_kept BEFORE INSERT OR UPDATE OR DELETE ON outbox_outboxentry
    FOR EACH ROW EXECUTE FUNCTION outbox_entry_is_kept();

CREATE FUNCTION outbox_handled_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND pg_has_role(current_user, (SELECT relowner FROM pg_class WHERE oid = TG_RELID), 'USAGE') THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'marks of handling are append-only' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER outbox_handled_is_kept BEFORE UPDATE OR DELETE ON outbox_handledevent
    FOR EACH ROW EXECUTE FUNCTION outbox_handled_is_kept();

CREATE FUNCTION outbox_announce() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NOTIFY outbox;
    RETURN NULL;
END $$;
CREATE TRIGGER outbox_announce AFTER INSERT ON outbox_outboxentry
    FOR EACH STATEMENT EXECUTE FUNCTION outbox_announce();
"""
BACKWARD = """
DROP TRIGGER outbox_announce ON outbox_outboxentry; DROP FUNCTION outbox_announce();
DROP TRIGGER outbox_handled_is_kept ON outbox_handledevent; DROP FUNCTION outbox_handled_is_kept();
DROP TRIGGER outbox_entry_is_kept ON outbox_outboxentry; DROP FUNCTION outbox_entry_is_kept();
"""


class Migration(migrations.Migration):
    """Triggers of the outbox."""

    dependencies = [("outbox", "0001_outbox")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
