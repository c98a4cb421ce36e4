"""Loading a pack: again and again, and never over what people changed."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pghistory
import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.http import HttpRequest

from yunshu.config.city import accounts, load, load_calendar
from yunshu.config.city.load import Tally
from yunshu.config.city.pack import Pack, read
from yunshu.domains.directory.contracts import System
from yunshu.domains.directory.models import Account, Assignment, CalendarDay, Org, Person, Role, WorkSegment
from yunshu.domains.directory.services import remove_day, revoke_role, save_day
from yunshu.domains.directory.services.calendar import DaySpec

from .conftest import Edit

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
NOW = datetime(2022, 6, 1, tzinfo=UTC)
SOMEBODY = System(name="by hand")


def by_hand() -> Any:
    """Return the history context of a person's request (in a test the loader's would last until the transaction ends)."""
    return pghistory.context(who="staff:某管理员")


def load_all(folder: Path, accounts_file: Path) -> dict[str, Tally]:
    pack = pack_of(folder)
    tallies = [
        load.load_roles(pack),
        load.load_organisations(pack),
        load.load_people(pack, accounts_file),
        load.load_assignments(pack, NOW),
        load_calendar.load_hours(pack),
        *load_calendar.load_years(pack),
    ]
    return {t.file: t for t in tallies}


def pack_of(folder: Path) -> Pack:
    pack, problems = read(folder)
    assert pack is not None, problems
    return pack


@pytest.fixture
def accounts_file(tmp_path: Path) -> Path:
    return tmp_path / "accounts.txt"


@pytest.fixture
def loaded(folder: Path, accounts_file: Path) -> Path:
    """Return the folder of a pack that has been loaded once."""
    load_all(folder, accounts_file)
    return folder


def test_the_first_load_creates_everything(folder: Path, accounts_file: Path) -> None:
    tallies = load_all(folder, accounts_file)

    assert {t.file: dict(t.counts) for t in tallies.values() if set(t.counts) != {"created"}} == {}
    assert tallies["organisations.csv"].counts["created"] == Org.objects.count() == 91
    assert Person.objects.filter(is_sample=True).count() == len(pack_of(folder).people)
    assert CalendarDay.objects.filter(on=date(2022, 12, 31)).exists()


def test_the_second_load_changes_nothing(loaded: Path, accounts_file: Path) -> None:
    tallies = load_all(loaded, accounts_file)

    assert {t.file: dict(t.counts) for t in tallies.values() if set(t.counts) != {"same"}} == {}


def test_an_organisation_can_be_found_by_pinyin(loaded: Path) -> None:
    assert Org.objects.get(pinyin__contains="jieyangshicaizhengju").code == "445200-002"


def test_what_the_pack_changes_is_updated(loaded: Path, edit: Edit, accounts_file: Path) -> None:
    edit("organisations.csv", "市政数局", "政数局")
    edit("people.csv", "绩效填报", "绩效管理")
    edit("roles.toml", 'name = "填报员"', 'name = "绩效填报员"')

    tallies = load_all(loaded, accounts_file)

    assert [tallies[f].counts["updated"] for f in ("organisations.csv", "people.csv", "roles.toml")] == [1, 1, 1]
    assert Org.objects.get(code="445200-001").short_name == "政数局"
    assert Role.objects.get(code="table-editor").name == "绩效填报员"


def test_a_field_changed_by_hand_is_kept_while_the_others_follow_the_pack(
    loaded: Path, edit: Edit, accounts_file: Path
) -> None:
    with by_hand():
        org = Org.objects.get(code="445200-001")
        org.name = "揭阳市政务服务和数据管理局"
        org.save()
    edit("organisations.csv", "市政数局", "政数局")

    tally = load_all(loaded, accounts_file)["organisations.csv"]

    org.refresh_from_db()
    assert (org.name, org.short_name) == ("揭阳市政务服务和数据管理局", "政数局")
    assert (tally.counts["kept"], tally.counts["updated"]) == (1, 1)
    assert tally.notes == ["organisations.csv 445200-001：name 已由人工修改，保留"]


def test_a_person_retired_by_hand_stays_retired(loaded: Path, accounts_file: Path) -> None:
    with by_hand():
        Person.objects.filter(number="SAMPLE-11").update(is_active=False)

    tally = load_all(loaded, accounts_file)["people.csv"]

    assert not Person.objects.get(number="SAMPLE-11").is_active
    assert tally.counts["kept"] == 1


def test_a_role_taken_back_by_hand_is_not_given_again(loaded: Path, accounts_file: Path) -> None:
    held = Assignment.objects.get(person__number="SAMPLE-05")
    revoke_role(actor=SOMEBODY, assignment_id=held.pk, now=NOW)

    tally = load_all(loaded, accounts_file)["assignments.csv"]

    assert not Assignment.objects.filter(person__number="SAMPLE-05", revoked_at__isnull=True).exists()
    assert tally.notes == ["assignments.csv SAMPLE-05 table-editor 445200-001：已被收回，不再授予"]


def test_an_assignment_that_the_pack_widens_is_granted_anew(loaded: Path, edit: Edit, accounts_file: Path) -> None:
    edit("assignments.csv", "SAMPLE-05,table-editor,445200-001,false", "SAMPLE-05,table-editor,445200-001,true")

    tally = load_all(loaded, accounts_file)["assignments.csv"]

    assert Assignment.objects.get(person__number="SAMPLE-05", revoked_at__isnull=True).subtree
    assert tally.counts["updated"] == 1


def test_a_day_removed_or_changed_by_hand_stays_so(loaded: Path, accounts_file: Path) -> None:
    with by_hand():
        remove_day(actor=SOMEBODY, on=date(2022, 10, 8))
        save_day(actor=SOMEBODY, spec=DaySpec(on=date(2022, 10, 9), kind="morning", name="半天上班", source="本局通知"))

    tally = load_all(loaded, accounts_file)["calendar/2022.toml"]

    assert not CalendarDay.objects.filter(on=date(2022, 10, 8)).exists()
    assert CalendarDay.objects.get(on=date(2022, 10, 9)).kind == "morning"
    assert tally.counts["kept"] == 2


def test_working_hours_follow_the_pack_until_somebody_changes_them(
    loaded: Path, edit: Edit, accounts_file: Path
) -> None:
    edit("city.toml", '["08:30", "12:00"]', '["09:00", "12:00"]')
    assert load_all(loaded, accounts_file)["city.toml"].counts["updated"] == 1

    with by_hand():
        WorkSegment.objects.filter(starts_at="09:00").update(starts_at="08:00")

    assert load_all(loaded, accounts_file)["city.toml"].counts["kept"] == 1


def test_the_password_in_the_file_opens_the_account_and_is_never_set_again(loaded: Path, accounts_file: Path) -> None:
    before = accounts_file.read_bytes()
    password = accounts.read(accounts_file)["tianbao"].password

    load_all(loaded, accounts_file)

    assert accounts_file.read_bytes() == before
    account = Account.objects.get(username="tianbao")
    assert account.check_password(password)
    assert authenticate(HttpRequest(), username="tianbao", password=password) == account


def test_a_load_that_was_cut_off_goes_on_with_the_same_passwords(folder: Path, accounts_file: Path) -> None:
    load.load_roles(pack_of(folder))
    accounts.prepare(accounts_file, [("tianbao", "填报岗（示例）", "填报员")], make=lambda: "Kept-from-before-7")

    load_all(folder, accounts_file)

    assert Account.objects.get(username="tianbao").check_password("Kept-from-before-7")


def test_the_command_refuses_a_pack_with_errors_and_loads_nothing(folder: Path, edit: Edit) -> None:
    edit("city.toml", "units = 85", "units = 84")

    with pytest.raises(CommandError, match="城市包有 1 处错误，没有装入"):
        call_command("city_load", folder)

    assert not Role.objects.exists()


def test_the_command_says_what_each_file_did_and_where_the_accounts_are(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("YUNSHU_DATA", str(tmp_path / "data"))

    call_command("city_load", folder)

    said = capsys.readouterr().out
    assert "organisations.csv：新增 91，更新 0，保留 0，未变 0" in said
    assert f"示例账号见 {tmp_path / 'data' / 'accounts.txt'}" in said
