"""Notices: who is told, once; whose inbox it is; what may be switched off."""

from datetime import UTC, datetime, timedelta

import pytest
from tests.factories.directory import OrgFactory, signed_in_client, staff_person, viewer_of

from yunshu.domains.directory.contracts import ORG_VIEW
from yunshu.domains.directory.models import Person
from yunshu.domains.notify import handlers, kinds, selectors, services
from yunshu.domains.notify.contracts import NoticeSpec
from yunshu.domains.notify.models import Notice
from yunshu.domains.workflow.contracts import WORKLIST_VIEW
from yunshu.events.workflow import DeadlineReminded, TaskOpened
from yunshu.lib.kernel.errors import NotFound, Refused

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 2, tzinfo=UTC)


def tell(*people: Person, kind: str = kinds.TASK, once: str = "t-1", url: str = "") -> int:
    spec = NoticeSpec(kind=kind, title="请复核绩效目标表", body="2026 年", url=url, once=once)
    return services.send(people=[person.pk for person in people], spec=spec, now=NOW)


def opened(org: object, permission: str = str(ORG_VIEW)) -> TaskOpened:
    return TaskOpened(
        task_id=0,
        title="复核",
        case_title="2026 年目标表",
        url="/console/tables/X/",
        permission=permission,
        org_path=org.path,  # type: ignore[attr-defined]
        due_at=None,
    )


def reminded(org: object, whom: str) -> DeadlineReminded:
    permission = str(WORKLIST_VIEW if whom == "manager" else ORG_VIEW)
    return DeadlineReminded(
        task_id=0,
        title="复核",
        case_title="2026 年目标表",
        url="/console/tables/X/",
        words="已超期",
        whom=whom,
        permission=permission,
        org_path=org.path,  # type: ignore[attr-defined]
        due_at=NOW,
    )


def test_a_person_is_told_once_however_often_it_is_sent() -> None:
    person = staff_person()
    assert (tell(person), tell(person), tell(person, once="t-2")) == (1, 0, 1)


def test_a_new_task_is_told_to_those_who_may_do_it_there_and_to_nobody_else() -> None:
    org = OrgFactory()
    able, elsewhere, unable = staff_person([ORG_VIEW], org=org), staff_person([ORG_VIEW]), staff_person(org=org)

    handlers.on_task_opened(opened(org))
    handlers.on_task_opened(opened(org))  # delivered again after a crash

    assert [notice.person_id for notice in Notice.objects.all()] == [able.pk]
    assert {elsewhere.pk, unable.pk}.isdisjoint(Notice.objects.values_list("person_id", flat=True))


@pytest.mark.parametrize(("whom", "kind"), [("holder", kinds.REMINDER), ("manager", kinds.ESCALATION)])
def test_a_deadline_is_told_to_the_one_it_concerns(whom: str, kind: str) -> None:
    org = OrgFactory()
    doer, head = staff_person([ORG_VIEW], org=org), staff_person([WORKLIST_VIEW], org=org)

    handlers.on_deadline_reminded(reminded(org, whom))

    (notice,) = Notice.objects.all()
    assert (notice.person_id, notice.kind) == ((doer if whom == "holder" else head).pk, kind)


def test_a_kind_switched_off_stays_away_but_a_mandatory_one_comes() -> None:
    person = staff_person()
    services.choose(actor=viewer_of(person), wanted=[], now=NOW)

    assert tell(person) == 0
    assert tell(person, kind=kinds.REMINDER) == 1
    wishes = selectors.wishes(viewer_of(person))
    assert kinds.TASK in [kind.code for kind, wanted in wishes if not wanted]
    assert all(wanted == kind.mandatory for kind, wanted in wishes)


def test_what_was_switched_off_can_be_switched_on_again() -> None:
    person = staff_person()
    services.choose(actor=viewer_of(person), wanted=[], now=NOW)
    services.choose(actor=viewer_of(person), wanted=[kinds.TASK], now=NOW)
    assert tell(person) == 1


def test_a_kind_that_does_not_exist_cannot_be_chosen() -> None:
    with pytest.raises(Refused):
        services.choose(actor=viewer_of(staff_person()), wanted=["made.up"], now=NOW)


def test_nobody_reads_or_marks_another_persons_inbox() -> None:
    mine, theirs = staff_person(), staff_person()
    tell(theirs)
    notice = Notice.objects.get()
    browser = signed_in_client(mine)

    with pytest.raises(NotFound):
        selectors.get_notice(viewer_of(mine), notice.pk)
    assert browser.get(f"/console/notices/{notice.pk}/").status_code == 404
    browser.post("/console/notices/", {"action": "read", "id": notice.pk})
    browser.post("/console/notices/read/")
    notice.refresh_from_db()
    assert notice.read_at is None


def test_the_bell_counts_what_is_unread_and_following_a_notice_reads_it() -> None:
    person = staff_person()
    tell(person, url="/console/help/")
    browser, notice = signed_in_client(person), Notice.objects.get()
    before = selectors.unread(viewer_of(person))

    answer = browser.get(f"/console/notices/{notice.pk}/")

    assert (before, selectors.unread(viewer_of(person))) == (1, 0)
    assert answer["Location"] == "/console/help/"


def test_a_notice_never_leads_out_of_the_house() -> None:
    person = staff_person()
    tell(person, url="https://example.org/")
    answer = signed_in_client(person).get(f"/console/notices/{Notice.objects.get().pk}/")
    assert answer["Location"] == "/console/notices/"


def test_the_inbox_is_marked_in_bulk_both_ways() -> None:
    person = staff_person()
    tell(person)
    tell(person, once="t-2")
    browser = signed_in_client(person)
    ids = list(Notice.objects.values_list("pk", flat=True))

    browser.post("/console/notices/", {"action": "read", "id": ids})
    read = selectors.unread(viewer_of(person))
    browser.post("/console/notices/", {"action": "unread", "id": ids[:1]})

    assert (read, selectors.unread(viewer_of(person))) == (0, 1)
    assert "请复核绩效目标表" in browser.get("/console/notices/?state=unread").content.decode()


def test_an_empty_inbox_says_what_will_come() -> None:
    assert "没有通知" in signed_in_client(staff_person()).get("/console/notices/").content.decode()


def test_preferences_are_kept_from_the_page() -> None:
    person = staff_person()
    browser = signed_in_client(person)
    browser.post("/console/notices/preferences/", {"kind": []})
    assert tell(person) == 0
    assert browser.get("/console/notices/preferences/").status_code == 200


def test_only_notices_read_long_ago_are_cleared() -> None:
    person = staff_person()
    for name in ("old", "fresh", "unread"):
        tell(person, once=name)
    Notice.objects.filter(once="old").update(read_at=NOW - timedelta(days=181))
    Notice.objects.filter(once="fresh").update(read_at=NOW - timedelta(days=179))

    assert services.prune(NOW) == 1
    assert set(Notice.objects.values_list("once", flat=True)) == {"fresh", "unread"}
