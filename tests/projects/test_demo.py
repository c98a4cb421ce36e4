"""``yunshu demo projects`` is refused by every path and leaves nothing."""

import io

import pytest
from django.core.management import call_command
from tests.evaluation import lives

from yunshu.domains.directory.models import Account, Org
from yunshu.domains.ledger.models import Record
from yunshu.domains.projects.models import Payment, Project

pytestmark = pytest.mark.django_db
TABLES = (Account, Org, Payment, Project, Record)


def test_the_demo_ends_with_verified_and_leaves_no_trace() -> None:
    lives.hours()
    before = [table.objects.count() for table in TABLES]
    said = io.StringIO()
    call_command("demo_projects", stdout=said)
    lines = said.getvalue().splitlines()
    assert lines[-1] == "verified"
    assert [line.split("：")[0].strip() for line in lines if "被拒绝" in line] == [
        "页面",
        "接口",
        "导入",
        "应用角色的 SQL",
    ]
    assert [table.objects.count() for table in TABLES] == before
