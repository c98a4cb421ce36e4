"""Keep separated duties apart: nobody holds two roles of one group at one time, in any organisation, lent or own.

A role that belongs to a group stays in it: else the separation could be lifted, used and put back.
"""

from django.db import migrations

SEPARATE = """
CREATE FUNCTION directory_holds_separated(who bigint) RETURNS boolean LANGUAGE sql VOLATILE AS $$
    WITH held AS (
        SELECT r.id, r.separation, daterange(a.starts_on, a.ends_on, '[]') AS during
          FROM directory_assignment a JOIN directory_role r ON r.id = a.role_id
         WHERE a.person_id = who AND a.revoked_at IS NULL AND r.separation <> ''
        UNION ALL
        SELECT r.id, r.separation,
               daterange(a.starts_on, a.ends_on, '[]')
               * daterange((d.starts_at AT TIME ZONE 'Asia/Shanghai')::date,
                           (d.ends_at AT TIME ZONE 'Asia/Shanghai')::date, '[]')
          FROM directory_delegation d
          JOIN directory_assignment a ON a.person_id = d.giver_id
          JOIN directory_role r ON r.id = a.role_id
         WHERE d.taker_id = who AND d.revoked_at IS NULL AND a.revoked_at IS NULL AND r.separation <> ''
    )
    SELECT EXISTS (
        SELECT 1 FROM held one JOIN held other
            ON one.separation = other.separation AND one.id < other.id AND one.during && other.during
    )
$$;
CREATE FUNCTION directory_separate_duties() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    givers bigint[];
    who bigint;
BEGIN
    -- two transactions that each give one of two roles must see each other
    PERFORM pg_advisory_xact_lock(hashtext('directory_separate_duties'));
    IF TG_TABLE_NAME = 'directory_assignment' THEN
        givers := ARRAY[NEW.person_id];
    ELSIF TG_TABLE_NAME = 'directory_delegation' THEN
        givers := ARRAY[NEW.giver_id];
    ELSE
        givers := ARRAY(SELECT person_id FROM directory_assignment WHERE role_id = NEW.id AND revoked_at IS NULL);
    END IF;
    FOR who IN
        SELECT unnest(givers)
        UNION SELECT taker_id FROM directory_delegation WHERE giver_id = ANY (givers) AND revoked_at IS NULL
    LOOP
        IF directory_holds_separated(who) THEN
            RAISE EXCEPTION 'person % would hold two separated duties', who
                USING ERRCODE = 'check_violation', CONSTRAINT = 'directory_duties_separated';
        END IF;
    END LOOP;
    RETURN NULL;
END $$;
CREATE FUNCTION directory_keep_separation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the separation of role % may not be changed', OLD.code
        USING ERRCODE = 'check_violation', CONSTRAINT = 'directory_duties_separated';
END $$;
CREATE TRIGGER yunshu_keep_separation BEFORE UPDATE OF separation ON directory_role
    FOR EACH ROW WHEN (OLD.separation <> '' AND NEW.separation <> OLD.separation)
    EXECUTE FUNCTION directory_keep_separation();
CREATE TRIGGER yunshu_separate_duties AFTER INSERT OR UPDATE ON directory_assignment
    FOR EACH ROW WHEN (NEW.revoked_at IS NULL) EXECUTE FUNCTION directory_separate_duties();
CREATE TRIGGER yunshu_separate_duties AFTER INSERT OR UPDATE ON directory_delegation
    FOR EACH ROW WHEN (NEW.revoked_at IS NULL) EXECUTE FUNCTION directory_separate_duties();
CREATE TRIGGER yunshu_separate_duties AFTER UPDATE OF separation ON directory_role
    FOR EACH ROW WHEN (NEW.separation <> '') EXECUTE FUNCTION directory_separate_duties();
"""
UNITE = """
DROP TRIGGER yunshu_keep_separation ON directory_role;
DROP FUNCTION directory_keep_separation();
DROP TRIGGER yunshu_separate_duties ON directory_role;
DROP TRIGGER yunshu_separate_duties ON directory_delegation;
DROP TRIGGER yunshu_separate_duties ON directory_assignment;
DROP FUNCTION directory_separate_duties();
DROP FUNCTION directory_holds_separated(bigint);
"""


class Migration(migrations.Migration):
    """Three functions, four triggers."""

    dependencies = [("directory", "0003_role_separation")]

    operations = [migrations.RunSQL(SEPARATE, UNITE)]
