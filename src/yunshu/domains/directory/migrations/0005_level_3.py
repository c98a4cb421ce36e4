"""Level 3: duties are kept apart by what a role may do, whatever it is called; looks at personal data; used passwords.

``directory_duties`` is the database's copy of ``rules.DUTIES``. The checks are not validated: a role of before that gathers two
duties stays until it is changed, and ``yunshu city check`` names it.
"""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

DUTIES = """
CREATE FUNCTION directory_duties(held text[]) RETURNS text[] LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(array_agg(DISTINCT duty ORDER BY duty), '{}') FROM (
        SELECT CASE
            WHEN code IN ('directory.org.edit', 'directory.api_key.edit', 'ledger.operate') THEN 'system'
            WHEN code IN ('directory.role.edit', 'directory.security.edit') THEN 'security'
            WHEN code IN ('directory.audit.view') THEN 'audit'
        END AS duty FROM unnest(held) AS code
    ) AS found WHERE duty IS NOT NULL
$$;
ALTER TABLE directory_role ADD CONSTRAINT directory_role_one_duty
    CHECK (cardinality(directory_duties(permissions::text[])) <= 1) NOT VALID;
ALTER TABLE directory_apikey ADD CONSTRAINT directory_apikey_one_duty
    CHECK (cardinality(directory_duties(permissions::text[])) <= 1) NOT VALID;
CREATE OR REPLACE FUNCTION directory_holds_separated(who bigint) RETURNS boolean LANGUAGE sql VOLATILE AS $$
    WITH had AS (
        SELECT a.role_id, daterange(a.starts_on, a.ends_on, '[]') AS during
          FROM directory_assignment a WHERE a.person_id = who AND a.revoked_at IS NULL
        UNION ALL
        SELECT a.role_id,
               daterange(a.starts_on, a.ends_on, '[]')
               * daterange((d.starts_at AT TIME ZONE 'Asia/Shanghai')::date,
                           (d.ends_at AT TIME ZONE 'Asia/Shanghai')::date, '[]')
          FROM directory_delegation d JOIN directory_assignment a ON a.person_id = d.giver_id
         WHERE d.taker_id = who AND d.revoked_at IS NULL AND a.revoked_at IS NULL
    ), held AS (
        SELECT r.id, r.separation, duty, had.during
          FROM had JOIN directory_role r ON r.id = had.role_id
          LEFT JOIN LATERAL unnest(directory_duties(r.permissions::text[])) AS duty ON true
         WHERE r.separation <> '' OR duty IS NOT NULL
    )
    SELECT EXISTS (
        SELECT 1 FROM held one JOIN held other ON one.during && other.during
           AND (one.duty < other.duty
                OR (one.separation <> '' AND one.separation = other.separation AND one.id < other.id))
    )
$$;
CREATE TRIGGER yunshu_separate_powers AFTER UPDATE OF permissions ON directory_role
    FOR EACH ROW WHEN (NEW.permissions IS DISTINCT FROM OLD.permissions) EXECUTE FUNCTION directory_separate_duties();
"""
UNDUTIES = """
DROP TRIGGER yunshu_separate_powers ON directory_role;
CREATE OR REPLACE FUNCTION directory_holds_separated(who bigint) RETURNS boolean LANGUAGE sql VOLATILE AS $$
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
ALTER TABLE directory_apikey DROP CONSTRAINT directory_apikey_one_duty;
ALTER TABLE directory_role DROP CONSTRAINT directory_role_one_duty;
DROP FUNCTION directory_duties(text[]);
"""


class Migration(migrations.Migration):

    dependencies = [
        ('directory', '0004_separate_duties'),
    ]

    operations = [
        migrations.CreateModel(
            name='PersonalLook',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(db_index=True, verbose_name='时间')),
                ('actor', models.CharField(max_length=120, verbose_name='查看人')),
                ('kind', models.CharField(max_length=60, verbose_name='内容')),
                ('subject', models.CharField(db_index=True, max_length=80, verbose_name='对象')),
                ('reason', models.CharField(max_length=200, verbose_name='事由')),
                ('address', models.GenericIPAddressField(null=True, verbose_name='来源地址')),
                ('request_id', models.CharField(blank=True, max_length=40, verbose_name='请求编号')),
                ('account', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='账号')),
            ],
            options={
                'verbose_name': '个人信息查看记录',
                'verbose_name_plural': '个人信息查看记录',
                'ordering': ('-at', '-pk'),
            },
        ),
        migrations.CreateModel(
            name='UsedPassword',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128, verbose_name='密码摘要')),
                ('at', models.DateTimeField(verbose_name='时间')),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='used_passwords', to=settings.AUTH_USER_MODEL, verbose_name='账号')),
            ],
            options={
                'verbose_name': '用过的密码',
                'verbose_name_plural': '用过的密码',
                'ordering': ('-at', '-pk'),
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='personallook',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='32a14004c761e2a20ad667d342feef06eb8376ef', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_c40f3', table='directory_personallook', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='usedpassword',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='f8f3b26ccf135343e52b73e61bfc52f83566dcc5', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_d913d', table='directory_usedpassword', when='BEFORE')),
        ),
        migrations.AlterField(
            model_name='signin',
            name='outcome',
            field=models.CharField(choices=[('ok', '成功'), ('failed', '失败'), ('locked', '已锁定'), ('out', '退出'), ('released', '解除锁定')], max_length=8, verbose_name='结果'),
        ),
        migrations.RunSQL(DUTIES, UNDUTIES),
    ]
