"""What changed between two forms, in words and without loss."""

from dataclasses import replace
from decimal import Decimal

from hypothesis import given, settings
from tests.evaluation.table_forms import forms, small_form

from yunshu.domains.evaluation.contracts import TableForm
from yunshu.domains.evaluation.rules.diff import ChangeKind, applied, changes


@settings(max_examples=60, deadline=None)
@given(form=forms())
def test_equal_forms_have_no_change(form: TableForm) -> None:
    assert changes(form, form) == ()


@settings(max_examples=80, deadline=None)
@given(before=forms(), after=forms())
def test_the_changes_lead_from_any_form_to_any_other(before: TableForm, after: TableForm) -> None:
    found = changes(before, after)
    assert applied(before, found) == after
    assert all(c.sentence.endswith("。") for c in found)


def test_a_changed_amount_is_told_with_its_difference() -> None:
    form = small_form()
    after = replace(form, tasks=(*form.tasks[:-1], replace(form.tasks[-1], amount_yuan=Decimal("2700000.00"))))
    (change,) = changes(form, after)
    assert (change.kind, change.where, change.field) == (ChangeKind.CHANGED, "task:other:3", "amount_yuan")
    assert change.sentence == "任务“系统运维项目”的金额由“266.87万元”改为“270.00万元”，增加3.13万元。"


def test_a_renamed_task_is_the_same_task() -> None:
    form = small_form()
    after = replace(form, tasks=(*form.tasks[:-1], replace(form.tasks[-1], name="系统运维服务项目")))
    (change,) = changes(form, after)
    assert change.field == "name"


def test_a_removed_task_does_not_make_its_followers_new() -> None:
    form = small_form()
    rest = (form.tasks[0], *(replace(t, ordinal=t.ordinal - 1) for t in form.tasks[2:]))
    found = changes(form, replace(form, tasks=rest))
    assert [(c.kind, c.field) for c in found] == [
        (ChangeKind.REMOVED, ""),
        (ChangeKind.CHANGED, "ordinal"),
        (ChangeKind.CHANGED, "ordinal"),
    ]
    assert found[0].sentence == "删去任务“监测服务项目”：16.98万元。"
