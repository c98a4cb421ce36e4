"""The intelligence beside tickets: suggested, kept, shown, taken over, settled, learned from; nothing of a confidential report."""

import json
from pathlib import Path
from threading import Event

import pytest
from django.core.management import call_command
from django.db import DatabaseError, transaction
from hypothesis import given
from hypothesis import strategies as st
from procrastinate.contrib.django.models import ProcrastinateJob
from tests.hotline import smart_world
from tests.hotline.hotline_world import Hotline
from tests.hotline.smart_world import trained

from yunshu.domains.hotline import handlers, jobs
from yunshu.domains.hotline.choices_smart import Outcome, Suggested
from yunshu.domains.hotline.models import Category, Prediction, PredictionUse, RadarSighting, SmartModel, Ticket
from yunshu.domains.hotline.rules import suggesting
from yunshu.domains.hotline.selectors import smart as selectors
from yunshu.domains.hotline.services import smart_models, smart_suggest, smart_use
from yunshu.domains.hotline.services.smart_reading import Demand
from yunshu.domains.ledger.models import Record
from yunshu.events.hotline import TicketRegistered
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Conflict, NotFound, NotPermitted, Refused
from yunshu.lib.outbox.models import OutboxEntry
from yunshu.lib.triage import training

WAGES = {
    "title": "公司拖欠工资三个月",
    "content": "在榕华街道云岭花园的工地干活，公司拖欠三十名农民工工资三个月，请尽快处理。",
}


@pytest.fixture
def hotline(db: None) -> Hotline:
    return Hotline(now=clock.now())


@pytest.fixture
def words_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "encoder", lambda: None)


def suggested(hotline: Hotline, row: Ticket) -> dict[str, Prediction]:
    smart_suggest.suggest(row.number, now=hotline.now)
    return selectors.predictions_of(row)


def test_a_ticket_gets_its_suggestions_once_each_with_version_and_reasons(hotline: Hotline) -> None:
    hotline.duty(words=["拖欠工资"], basis="劳动法第九十一条")
    row = hotline.registered(**WAGES)
    made = suggested(hotline, row)
    assert smart_suggest.suggest(row.number, now=hotline.now) == 0
    assert made["urgency"].first == "urgent"
    assert made["fields"].output["fill"] == {"street": "榕华街道", "address": "云岭花园"}
    [first] = made["department"].output["items"]
    assert (first["label"], first["reasons"][0]["ground"]) == ("市城管局", "rule")
    assert made["category"].output["why"] == "untrained"
    assert {each.digest for each in made.values()} == {smart_suggest.digest_of(smart_suggest.demand_of(row))}


def test_the_directory_comes_first_for_a_class_that_a_person_chose(hotline: Hotline) -> None:
    hotline.duty(words=[])
    hotline.duty(code="other", matter="供电", org=hotline.power, words=["不亮"], category=None, basis="电力法")
    made = suggested(hotline, hotline.registered(category="0301"))["department"]
    assert [item["label"] for item in made.output["items"]] == ["市城管局", "市供电局"]
    assert made.output["items"][0]["reasons"][0]["ref"] == "lamps"


def test_similar_closed_tickets_speak_for_their_unit(hotline: Hotline) -> None:
    closed = hotline.closed()
    made = suggested(hotline, hotline.registered())["department"]
    [item] = made.output["items"]
    assert (item["label"], item["reasons"][0]["ref"]) == ("市城管局", closed.number)


def test_nothing_is_made_of_a_confidential_report_and_the_database_refuses_it(hotline: Hotline) -> None:
    row = hotline.registered(kind="report", **WAGES)
    assert smart_suggest.suggest(row.number, now=hotline.now) == 0
    with pytest.raises(DatabaseError, match="confidential"), transaction.atomic():
        Prediction.objects.create(ticket=row, kind="summary", version="x", digest="x", made_at=hotline.now)
    assert smart_suggest.waiting(hotline.now) == []


def test_suggestions_and_what_became_of_them_cannot_be_changed(hotline: Hotline) -> None:
    made = suggested(hotline, hotline.registered())
    for rows in (Prediction.objects, PredictionUse.objects.filter(prediction=made["summary"])):
        smart_suggest.show_all(list(made.values()), hotline.agent, hotline.now)
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.all().delete()


def test_a_draft_is_read_in_time_and_keeps_no_name_and_no_number(hotline: Hotline) -> None:
    words = Demand(title="路灯不亮", content="我叫陈大文，电话13812345678，榕华街道路灯不亮。", at=hotline.now)
    said = smart_suggest.draft(
        by=hotline.agent, demand=words, desk=hotline.bureau, now=hotline.now, is_confidential=False
    )
    kept = json.dumps(list(Prediction.objects.values_list("output", flat=True)), ensure_ascii=False)
    assert {each.kind for each in said.made} >= {Suggested.FIELDS, Suggested.SUMMARY, Suggested.URGENCY}
    assert ("13812345678" in kept, "路灯" in kept) == (False, True)
    assert PredictionUse.objects.filter(outcome=Outcome.SHOWN, person=hotline.agent.person_id).count() == len(said.made)


def test_what_is_not_ready_in_time_is_left_out_and_said(hotline: Hotline, monkeypatch: pytest.MonkeyPatch) -> None:
    gate = Event()
    smart_suggest._apart.submit(gate.wait)  # what is learned still loads
    monkeypatch.setattr(smart_suggest, "PATIENCE_S", 0.01)
    words = Demand(title="路灯不亮", content="榕华街道路灯不亮。", at=hotline.now)
    said = smart_suggest.draft(
        by=hotline.agent, demand=words, desk=hotline.bureau, now=hotline.now, is_confidential=False
    )
    gate.set()
    assert said.is_late
    assert Suggested.URGENCY in {each.kind for each in said.made}


def test_what_was_not_ready_for_a_ticket_is_made_again_by_the_sweep(
    hotline: Hotline, monkeypatch: pytest.MonkeyPatch
) -> None:
    row, gate = hotline.registered(), Event()
    smart_suggest._apart.submit(gate.wait)  # what is learned still loads
    with monkeypatch.context() as hurried:
        hurried.setattr(smart_suggest, "JOB_PATIENCE_S", 0.01)
        smart_suggest.suggest(row.number, now=hotline.now)
    gate.set()
    assert not row.predictions.filter(kind=Suggested.DEPARTMENT).exists()
    assert smart_suggest.waiting(hotline.now) == [row.number]
    smart_suggest.suggest(row.number, now=hotline.now)
    assert row.predictions.filter(kind=Suggested.DEPARTMENT).count() == 1
    assert row.predictions.filter(kind=Suggested.URGENCY).count() == 1
    assert smart_suggest.waiting(hotline.now) == []


def test_a_place_and_a_class_are_taken_over_and_stand_in_the_timeline(hotline: Hotline) -> None:
    row = hotline.registered(**(WAGES | {"title": "路灯坏了拖欠工资"}))
    Category.objects.create(code="05", name="欠薪", path="劳动和社会保障/工资/拖欠工资")
    made = suggested(hotline, row)
    for kind, value in (("fields", ""), ("branch", "劳动和社会保障/工资/拖欠工资")):
        smart_use.adopt(
            actor=hotline.agent, number=row.number, prediction_id=made[kind].pk, value=value, now=hotline.now
        )
    row.refresh_from_db()
    assert (row.street, row.address, row.category and row.category.code) == ("榕华街道", "云岭花园", "05")
    assert list(row.steps.filter(verb="adopt").values_list("actor", flat=True)) == [hotline.agent.name] * 2
    assert made["fields"].uses.get().outcome == Outcome.ACCEPTED


def test_urgency_is_raised_by_who_may_dispatch_only(hotline: Hotline) -> None:
    row = hotline.registered(**WAGES)
    pk = suggested(hotline, row)["urgency"].pk
    with pytest.raises(NotPermitted):
        smart_use.adopt(actor=hotline.agent, number=row.number, prediction_id=pk, value="", now=hotline.now)
    with pytest.raises(NotFound):
        smart_use.adopt(actor=hotline.handler, number=row.number, prediction_id=pk, value="", now=hotline.now)
    row = smart_use.adopt(actor=hotline.sorter, number=row.number, prediction_id=pk, value="", now=hotline.now)
    assert row.urgency == "urgent"


def test_what_is_no_suggestion_or_fits_no_class_is_refused(hotline: Hotline) -> None:
    row = hotline.registered()
    made = suggested(hotline, row)
    given = {"actor": hotline.agent, "number": row.number, "now": hotline.now}
    with pytest.raises(NotFound):
        smart_use.adopt(**given, prediction_id=0, value="")
    for kind in ("summary", "branch"):
        with pytest.raises(Refused, match=r"[\u4e00-\u9fff]"):
            smart_use.adopt(**given, prediction_id=made[kind].pk, value="无此类")


def test_suggestions_are_settled_by_what_people_did_and_counted_by_version(hotline: Hotline) -> None:
    hotline.duty()
    row = hotline.registered(category="0301")
    made = suggested(hotline, row)
    hotline.move(hotline.dispatch(row, hotline.power), "sign", hotline.other)
    assert smart_use.settle(now=hotline.now) == 4
    assert smart_use.settle(now=hotline.now) == 0
    use = made["department"].uses.get()
    assert (use.outcome, use.value, use.rank) == (Outcome.CORRECTED, "市供电局", 0)
    found = {each.kind: each for each in selectors.scores(selectors.since(hotline.now))}
    department = found[str(Suggested.DEPARTMENT.label)]
    assert (department.made, department.settled, department.first) == (1, 1, 0)
    assert made["branch"].uses.get().outcome == Outcome.ACCEPTED


def test_corrections_are_learned_from_without_numbers_and_without_confidential_reports(hotline: Hotline) -> None:
    row = hotline.registered(category="0301", content="路灯不亮，电话13812345678。")
    suggested(hotline, row)
    hotline.move(hotline.dispatch(row), "sign")
    hotline.handled(kind="report", content="举报路灯")
    smart_use.settle(now=hotline.now)
    rows = selectors.training_rows(corrections=True, closed=False)
    [(report, department)] = rows["department"]
    assert (department, report.body) == ("市城管局", "路灯不亮，电话138****5678。")
    assert rows["category"] == [(report, "城乡建设")]
    hotline.closed(kind="report", content="举报垃圾")
    assert selectors.training_rows(corrections=False, closed=True) == {"category": [], "department": []}


@pytest.mark.usefixtures("words_only")
def test_a_trained_model_is_put_in_use_by_a_manager_and_suggests(hotline: Hotline, tmp_path: Path) -> None:
    model = trained(tmp_path / "in", hotline.now)
    with pytest.raises(NotPermitted):
        smart_models.activate(actor=hotline.sorter, version=model.version, reason="试用", now=hotline.now)
    smart_models.activate(actor=hotline.manager, version=model.version, reason="试用", now=hotline.now)
    made = suggested(hotline, hotline.registered(**WAGES))
    assert made["category"].first in {item["label"] for item in made["category"].output["items"]}
    assert made["category"].version.startswith("classifier-1:")
    assert made["category"].output["items"][0]["reasons"]
    assert Record.objects.filter(subject=model.version).count() == 2
    smart_models.deactivate(actor=hotline.manager, version=model.version, reason="不准", now=hotline.now)
    assert smart_models.version_in_use() == ""


@pytest.mark.usefixtures("words_only")
def test_a_model_whose_files_changed_is_not_put_in_use(hotline: Hotline, tmp_path: Path) -> None:
    model = trained(tmp_path / "in", hotline.now)
    given = {"actor": hotline.manager, "version": model.version, "now": hotline.now}
    with pytest.raises(Refused, match="理由"):
        smart_models.activate(**given, reason=" ")
    with pytest.raises(Conflict):
        smart_models.deactivate(**given, reason="不准")
    (smart_models.folder() / f"hotline-{model.version}" / "CARD.md").write_text("changed")
    with pytest.raises(Refused, match="重新训练"):
        smart_models.activate(**given, reason="试用")
    with pytest.raises(DatabaseError), transaction.atomic():
        SmartModel.objects.update(digest="x")


def test_a_reply_is_examined_and_the_reviewers_word_is_kept_beside_it(hotline: Hotline) -> None:
    row = hotline.handled(content="榕华大道路灯不亮，请问何时修复？")
    row = hotline.reply(row, words="收到。")
    gate = smart_use.examine(by=hotline.reviewer, row=row, reply="收到。", now=hotline.now)
    assert not gate.examination.ready
    row = hotline.review(row)
    smart_use.settle_reply(by=hotline.reviewer, row=row, passes=True, now=hotline.now)
    use = PredictionUse.objects.exclude(outcome=Outcome.SHOWN).get(prediction=gate.prediction_id)
    assert (use.outcome, use.value, use.by) == (Outcome.CORRECTED, "ready", hotline.reviewer.name)


def test_a_reply_to_a_confidential_report_is_examined_but_not_kept(hotline: Hotline) -> None:
    row = hotline.reply(hotline.handled(kind="report"))
    assert smart_use.examine(by=hotline.reviewer, row=row, reply="收到。", now=hotline.now).prediction_id is None
    assert not Prediction.objects.exists()


def test_likely_duplicates_are_named_with_the_place_they_share(hotline: Hotline) -> None:
    first, second = smart_world.outage(hotline, 2)
    hotline.registered(kind="report", title="云岭花园停水两天", content="云岭花园从昨天起一滴水都没有。")
    found = suggested(hotline, second)["duplicate"].output["items"]
    assert [item["label"] for item in found] == [first.number]
    assert found[0]["shared"] == ["云岭花园"]


def test_a_registered_ticket_asks_for_suggestions_and_the_radar_and_a_report_for_neither(hotline: Hotline) -> None:
    row = hotline.registered()
    hotline.registered(kind="report")
    [told] = OutboxEntry.objects.filter(subject=TicketRegistered.subject)
    assert told.payload["number"] == row.number
    handlers.on_ticket_registered(TicketRegistered(number=row.number, at=hotline.now))
    names = set(ProcrastinateJob.objects.filter(queue_name=smart_suggest.QUEUE).values_list("task_name", flat=True))
    assert {name.rsplit(".", 1)[-1] for name in names} == {"suggest", "watch_radar"}


def test_what_no_event_brought_is_caught_up_within_a_minute(hotline: Hotline) -> None:
    row = hotline.registered()
    jobs.catch_up(0)
    assert row.predictions.count() == 6
    assert RadarSighting.objects.filter(ticket=row).exists()


@pytest.mark.usefixtures("words_only")
def test_the_command_trains_and_registers_but_puts_nothing_in_use(
    hotline: Hotline, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("hotline_train", smart_world.folder(tmp_path / "in"), name="上半年", with_corrections=True)
    row = SmartModel.objects.get()
    assert (row.note, row.is_active, row.trained_by) == ("上半年", False, "yunshu hotline train")
    assert "尚未启用" in capsys.readouterr().out


@given(st.integers(2, 50), st.lists(st.booleans(), max_size=12))
def test_a_threshold_moves_by_one_at_most_and_stays_in_bounds(least: int, verdicts: list[bool]) -> None:
    after = suggesting.learned(least, verdicts)
    assert abs(after - least) <= 1
    assert min(least, suggesting.BASE) <= after <= max(least, suggesting.MOST)


@pytest.mark.parametrize(
    ("least", "verdicts", "after"),
    [(3, [False] * 3, 4), (3, [False] * 2, 3), (4, [True] * 3, 3), (3, [True] * 3, 3), (2, [True] * 3, 2)],
)
def test_three_verdicts_alike_teach(least: int, verdicts: list[bool], after: int) -> None:
    assert suggesting.learned(least, verdicts) == after
