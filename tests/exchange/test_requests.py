"""A request from writing to agreement, refusals with their basis, the dispute ladder, and what ends an agreement."""

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, transaction
from tests.exchange.world import NOW, World, item
from tests.factories.directory import staff

from yunshu.domains.exchange import selectors, services
from yunshu.domains.exchange.choices import AgreementState
from yunshu.domains.exchange.contracts import REQUEST_EDIT, SharingType
from yunshu.domains.exchange.models import Agreement, Request
from yunshu.domains.ledger.models import Record
from yunshu.domains.workflow.models import Task
from yunshu.lib.kernel.errors import Conflict, NotFound, NotPermitted, Refused
from yunshu.lib.outbox.models import OutboxEntry

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return World()


def test_a_grant_makes_an_agreement_with_masks_and_is_proven(world: World) -> None:
    made = world.agreed()
    assert {f["name"]: f["mask"]["code"] for f in made.terms["fields"]} == {
        "id_number": "hash",
        "name": "partial",
        "division": "keep",
    }
    assert (made.provider, made.consumer, made.state) == (world.police, world.county, AgreementState.ACTIVE)
    assert Record.objects.filter(subject=made.number, kind="exchange.agreement").count() == 1
    assert made.deliver_by > NOW + timedelta(days=20)


def test_the_clock_differs_with_the_sharing_type(world: World) -> None:
    row = world.to_answer(world.request(world.published()))
    assert Task.objects.get(case__number=row.number, done_at__isnull=True).amount == 10
    plain = world.published(
        sharing_type=SharingType.UNCONDITIONAL, items=(item("division", "行政区划代码", is_key=True, length=6),)
    )
    row = world.to_answer(world.request(plain, items=("division",)))
    assert Task.objects.get(case__number=row.number, done_at__isnull=True).amount == 1
    assert row.stage == "answering_plain"


def test_an_item_that_was_not_asked_for_is_not_granted(world: World) -> None:
    row = world.to_answer(world.request(world.published()))
    with pytest.raises(Refused, match="没有申请"):
        world.step(world.owner, row, "grant", answer=world.answer(born_on="keep"))
    assert not Agreement.objects.exists()


def test_a_mask_must_fit_the_type(world: World) -> None:
    row = world.to_answer(world.request(world.published()))
    with pytest.raises(Refused, match="脱敏方式"):
        world.step(world.owner, row, "grant", answer=world.answer(name="month"))


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"items": ()}, "至少选择"),
        ({"items": ("secret_note",)}, "不可共享"),
        ({"items": ("nope",)}, "不可共享"),
        ({"purpose": "看看"}, "具体用途"),
        ({"basis": " "}, "履职依据"),
        ({"ends_on": date(2026, 3, 1)}, "不能早于"),
        ({"ends_on": date(2031, 3, 1)}, "不超过三年"),
    ],
)
def test_a_request_that_cannot_be_is_not_made(world: World, more: dict[str, object], words: str) -> None:
    resource = world.published()
    with pytest.raises(Refused, match=words):
        world.request(resource, **more)
    assert not Request.objects.exists()


def test_nobody_asks_for_what_must_not_be_shared_or_is_their_own(world: World) -> None:
    refused = world.published(sharing_type=SharingType.NONE, legal_basis="《保守国家秘密法》第九条")
    with pytest.raises(Refused, match="不予共享"):
        world.request(refused)
    own = world.published()
    world.clerk = world.owner
    world.county = world.police
    with pytest.raises(Refused, match="本单位自己"):
        world.request(own)


def test_a_refusal_says_its_legal_basis(world: World) -> None:
    row = world.to_answer(world.request(world.published()))
    with pytest.raises(Refused, match="法律法规依据"):
        world.step(world.owner, row, "refuse", answer=services.AnswerSpec(masks={}))
    world.step(world.owner, row, "refuse", answer=services.AnswerSpec(masks={}, basis="《反洗钱法》第五条"))
    row.refresh_from_db()
    assert (row.stage, row.refusal_basis) == ("refused", "《反洗钱法》第五条")


def test_the_ladder_ends_at_the_superior(world: World) -> None:
    row = world.to_answer(world.request(world.published()))
    no = services.AnswerSpec(masks={}, basis="依据")
    world.step(world.owner, row, "refuse", answer=no)
    world.step(world.clerk, row, "negotiate")
    world.step(world.owner, row, "refuse_negotiated", answer=no)
    world.step(world.checker, row, "escalate")
    world.step(world.checker, row, "superior_grant")
    world.step(world.owner, row, "grant_plain", answer=world.answer())
    assert Agreement.objects.get().request == row


def test_each_side_sees_only_its_own(world: World) -> None:
    row = world.request(world.published())
    assert list(selectors.visible_requests(world.owner)) == []  # a draft is the applicant's alone
    assert list(selectors.visible_requests(world.clerk)) == [row]
    with pytest.raises(NotPermitted):
        world.step(world.checker, row, "submit")
    world.to_answer(row)
    assert list(selectors.visible_requests(world.owner)) == [row]
    with pytest.raises(NotPermitted):
        world.step(world.clerk, row, "grant", answer=world.answer())
    stranger = staff([REQUEST_EDIT])
    with pytest.raises(NotFound):
        selectors.get_request(stranger, row.number)


@pytest.mark.parametrize(
    ("verbs", "state"), [(["suspend"], "suspended"), (["suspend", "resume"], "active"), (["revoke"], "revoked")]
)
def test_an_agreement_is_suspended_resumed_revoked(world: World, verbs: list[str], state: str) -> None:
    made = world.agreed()
    for verb in verbs:
        services.move_agreement(actor=world.owner, number=made.number, verb=verb, reason="检查", now=NOW)
    made.refresh_from_db()
    assert made.state == state
    told = OutboxEntry.objects.filter(subject="exchange.agreement.changed.v1")
    assert told.count() == len(verbs)


def test_a_revoked_agreement_stays_revoked(world: World) -> None:
    made = world.agreed()
    services.move_agreement(actor=world.checker, number=made.number, verb="revoke", reason="违规使用", now=NOW)
    with pytest.raises(Conflict):
        services.move_agreement(actor=world.owner, number=made.number, verb="resume", reason="恢复", now=NOW)


def test_a_consumer_may_end_but_not_suspend(world: World) -> None:
    made = world.agreed()
    with pytest.raises(NotPermitted):
        services.move_agreement(actor=world.clerk, number=made.number, verb="suspend", reason="x", now=NOW)
    services.move_agreement(actor=world.clerk, number=made.number, verb="revoke", reason="业务停办", now=NOW)


def test_agreements_expire_once(world: World) -> None:
    made = world.agreed()
    late = NOW + timedelta(days=400)
    assert services.render_expired(now=late) == 1
    assert services.render_expired(now=late) == 0
    made.refresh_from_db()
    assert made.state == AgreementState.EXPIRED


def test_the_terms_of_an_agreement_cannot_be_changed_in_the_table(world: World) -> None:
    made = world.agreed()
    with pytest.raises(DatabaseError, match="cannot change"), transaction.atomic():
        Agreement.objects.filter(pk=made.pk).update(terms={})


def test_my_data_abroad(world: World) -> None:
    made = world.agreed()
    (held,) = selectors.holdings(world.owner, NOW)
    assert (held.agreement, held.items, held.overdue) == (made, 3, False)
    (late,) = selectors.holdings(world.owner, NOW + timedelta(days=90))
    assert late.overdue
    assert selectors.holdings(world.clerk, NOW) == []
