"""Protect who-and-why of the history: a context may gain keys while its request runs, and never change or go."""

from django.db import migrations

PROTECT = """
CREATE FUNCTION yunshu_protect_context() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.id = OLD.id AND NEW.created_at = OLD.created_at AND NEW.metadata @> OLD.metadata THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'pghistory_context is append-only';
END $$;
CREATE TRIGGER yunshu_append_only BEFORE UPDATE OR DELETE ON pghistory_context
    FOR EACH ROW EXECUTE FUNCTION yunshu_protect_context();
"""
UNPROTECT = """
DROP TRIGGER yunshu_append_only ON pghistory_context;
DROP FUNCTION yunshu_protect_context();
"""


class Migration(migrations.Migration):
    """One trigger on the library's table."""

    dependencies = [("directory", "0001_initial"), ("pghistory", "0007_auto_20250421_0444")]

    operations = [migrations.RunSQL(PROTECT, UNPROTECT)]
