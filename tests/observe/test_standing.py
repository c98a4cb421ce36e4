"""Parts are judged by rules; what held long enough is told once; the shipped alerts are the same rules and parse."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import yaml
from django.urls import reverse
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from tests.factories.directory import OrgFactory, signed_in_client, staff_person
from yunshu.config import env
from yunshu.domains.inspection import observed as inspection
from yunshu.domains.notify.models import Notice
from yunshu.domains.operations.contracts import PLATFORM_VIEW, TARGET_VIEW
from yunshu.domains.operations.services import platform_watch
from yunshu.lib.kernel import clock
from yunshu.lib.observe import alerts, beats, figures, meters, standing
from yunshu.lib.observe.figures import Figure, Reading, Rule, Severity
from yunshu.lib.observe.house import DISK_FREE
from yunshu.lib.observe.models import Beat, Trouble
from yunshu.lib.observe.standing import State

NOW = clock.now()
FILE = env.ROOT / "deploy/prometheus/rules.yml"


def silent(seconds: float, process: str = "relay") -> Beat:
    at = NOW - timedelta(seconds=seconds)
    return Beat.objects.create(process=process, host="a", pid=1, started_at=at, beat_at=at, starts=[at.isoformat()])


def state_of(code: str, now: datetime = NOW) -> State:
    found = {each.part.code: each.state for each in standing.stand(list(beats.read(now)), now)}
    return found[code]


@pytest.mark.django_db
@pytest.mark.parametrize(("seconds", "state"), [(59, State.WELL), (61, State.STOPPED)])
def test_a_process_that_was_not_heard_for_a_minute_has_stopped(seconds: float, state: State) -> None:
    silent(seconds)
    assert state_of("relay") is state


@pytest.mark.django_db
def test_a_process_that_should_run_and_never_did_has_stopped_and_one_not_set_up_is_unused(settings: Any) -> None:
    settings.CASCADE_URL = ""
    assert state_of("relay") is State.STOPPED
    assert state_of("cascade") is State.UNUSED


@pytest.mark.django_db
def test_starting_again_and_again_is_seen() -> None:
    for _ in range(7):
        beats.begun("relay", NOW)
    assert state_of("relay") is State.SLOW
    assert len(Beat.objects.get(process="relay").starts) == 7


@pytest.mark.django_db
def test_what_holds_long_enough_is_told_once_and_forgotten_when_it_is_over() -> None:
    silent(61)
    person = staff_person([PLATFORM_VIEW], org=OrgFactory())
    readings = [r for r in beats.read(NOW) if r.of == ("relay", "a")]

    def told(after: int) -> int:
        return len(standing.remember(readings, NOW + timedelta(seconds=after)))

    assert [told(0), told(29), told(30), told(60)] == [0, 0, 1, 0]
    assert Trouble.objects.get().since == NOW
    assert standing.remember([], NOW) == []
    assert not Trouble.objects.exists()
    assert person.pk


@pytest.mark.django_db
def test_operators_get_a_notice_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    silent(120)
    person = staff_person([PLATFORM_VIEW], org=OrgFactory())
    readings = [r for r in beats.read(NOW) if r.of == ("relay", "a")]
    monkeypatch.setattr(figures, "read_all", lambda _now: readings)
    for after in (0, 40, 80):
        platform_watch.watch(now=NOW + timedelta(seconds=after))
    (notice,) = Notice.objects.filter(person_id=person.pk)
    assert "事实转发" in notice.title
    assert "yunshu status" in notice.body


@pytest.mark.django_db
def test_the_page_says_which_part_stopped_and_what_to_do_and_only_to_operators(settings: Any, tmp_path: Path) -> None:
    settings.NATS_URL, settings.LEDGER_PEERS, settings.WATCHED_FOLDERS = "", [], {"data": tmp_path}
    silent(3600)
    org = OrgFactory()
    address = reverse("operations:overview")
    page = signed_in_client(staff_person([PLATFORM_VIEW], org=org)).get(address).content.decode()
    assert page.index('id="part-relay"') < page.index('id="part-postgres"')
    assert "进程没有心跳" in page
    assert "docs/operate/observe.md#relay" in page
    other = signed_in_client(staff_person([TARGET_VIEW], org=org))
    assert other.get(address).status_code == 403
    assert other.get(reverse("operations:trace")).status_code == 403


@pytest.mark.parametrize(("language", "word"), [("zh-hans", "读取平台目录"), ("en", "Reading the platform's index")])
def test_states_are_said_in_the_readers_language_and_counted_by_their_code(language: str, word: str) -> None:
    reading = Reading(inspection.RUNS, 1, ("preparing",))
    with translation.override(language):
        assert reading.named().startswith(word)
    assert reading.named({"stage": "preparing"}) == ""
    assert Reading(DISK_FREE, 1, ("elsewhere",)).named() == "elsewhere"
    assert 'stage="preparing"' in figures.exposition([reading])


@given(value=st.floats(-10, 10), bound=st.floats(-10, 10))
def test_a_rule_holds_beyond_its_threshold_only(value: float, bound: float) -> None:
    figure = Figure(name="yunshu_x", text="x")
    words = {"code": "X", "figure": figure, "severity": Severity.SLOW, "means": "", "todo": ""}
    assert Rule(above=bound, **words).holds(Reading(figure, value), NOW) is (value > bound)
    assert Rule(below=bound, **words).holds(Reading(figure, value), NOW) is (value < bound)


def test_the_shipped_alerts_are_these_rules_parse_and_name_what_metrics_has() -> None:
    shipped = yaml.safe_load(FILE.read_text())
    found = [rule for group in shipped["groups"] for rule in group["rules"]]
    assert FILE.read_text() == alerts.rules_file()
    known = {each.name for source in figures.sources() for each in source.figures}
    known |= {figures.SOURCE_UP.name, "up", *(name for name, *_rest in meters.described())}
    for rule in found:
        promql_parser.parse(rule["expr"])
        assert any(name in rule["expr"].replace("{", " ").split() for name in known), rule
        assert rule["annotations"]["summary"]
    codes = [rule["alert"] for rule in found]
    assert len(codes) == len(set(codes))


def test_every_chapter_that_a_part_names_is_in_the_handbook() -> None:
    text = (env.ROOT / alerts.RUNBOOK).read_text()
    missing = {part.chapter for part in figures.parts() if f'<a id="{part.chapter}"></a>' not in text}
    assert missing == set()


def test_every_part_has_rules_and_a_way() -> None:
    bare = [part.code for part in figures.parts() if not (part.rules and part.command and part.shown)]
    assert bare == []
