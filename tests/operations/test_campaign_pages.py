"""Pages of the campaign: from the list of units to the claim, as clerk, approver and unit see them."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from tests.factories.directory import signed_in_client
from tests.operations.campaign_world import TODAY, CampaignWorld

from yunshu.domains.directory.contracts import Staff
from yunshu.domains.directory.models import Person
from yunshu.domains.operations.asset_urls import ASSET_PATHS
from yunshu.domains.operations.assets_menu import PAGES
from yunshu.domains.operations.models import (
    BaseChange,
    Campaign,
    CampaignUnit,
    Handover,
    ReplacementException,
    SignerKey,
)
from yunshu.domains.operations.rules import campaign as rules
from yunshu.domains.operations.rules import handing_over
from yunshu.lib.crypto import keys
from yunshu.lib.crypto.signing import Algorithm
from yunshu.lib.kernel import clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db: None) -> CampaignWorld:
    return CampaignWorld()


def browser(viewer: Staff) -> Client:
    return signed_in_client(Person.objects.get(pk=viewer.person_id))


def address(name: str, *args: object) -> str:
    return reverse(f"operations:{name}", args=args)


def text_of(client: Client, name: str, *args: object, **query: str) -> str:
    answer = client.get(address(name, *args), query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_campaign_is_planned_and_frozen_on_pages(world: CampaignWorld) -> None:
    clerk, chief = browser(world.clerk), browser(world.chief)
    clerk.post(address("new_campaign"), {"org": world.bureau.code, "name": "第二批", "dual_run_days": 0})
    row = Campaign.objects.get(name="第二批")
    lines = f"{world.orgs[0].code}\n{world.orgs[1].name}，3\n"
    assert clerk.post(address("add_units", row.number), {"lines": lines}).status_code == 302
    wrong = clerk.post(address("add_units", row.number), {"lines": "没有这个单位"})
    assert (wrong.status_code, "看不懂这一行" in wrong.content.decode()) == (422, True)
    both = clerk.post(address("add_units", row.number), {"lines": f"无此单位\n{world.orgs[1].code}\n\n也没有,x"})
    assert all(line in both.content.decode() for line in ("第 1 行", "第 4 行"))
    assert row.units.count() == 2
    unit = row.units.get(org=world.orgs[0])
    assert clerk.post(address("unit", unit.number), {"deed": "plan", "amount": 2, "place": "窗口"}).status_code == 302
    assert "终端清单待补" in text_of(clerk, "campaign", row.number)
    assert clerk.get(address("freeze", row.number)).status_code == 403
    unsure = chief.post(address("freeze", row.number), {"planned_on": "2026-03-01"})
    assert (unsure.status_code, "还有 1 个单位的终端清单待补" in unsure.content.decode()) == (422, True)
    sure = {"planned_on": "2026-03-01", "accept_unlisted": "on"}
    assert chief.post(address("freeze", row.number), sure).status_code == 302
    refused = chief.post(address("claim", row.number))
    assert (refused.status_code, "不能认定 100%" in refused.content.decode()) == (422, True)


def test_a_terminal_goes_its_way_on_the_units_page_and_the_unit_signs(world: CampaignWorld) -> None:
    world.frozen(1)
    unit, on = world.units[0], clock.city_date(clock.now()).isoformat()
    clerk, signer = browser(world.clerk), browser(world.signers[0])
    machine = world.machine()
    clerk.post(address("unit", unit.number), {"deed": "arrive", "assets": machine.serial, "on": on})
    (terminal,) = unit.terminals.all()
    step = {"deed": "step", "terminal": terminal.number, "on": on}
    for verb in ("prepare", "deliver"):
        assert clerk.post(address("unit", unit.number), step | {"verb": verb}).status_code == 302
    again = clerk.post(address("unit", unit.number), step | {"verb": "deliver"})
    assert (again.status_code, "不能执行该操作" in again.content.decode()) == (422, True)
    assert clerk.get(address("sign", unit.number)).status_code == 403
    assert machine.serial in (page := text_of(signer, "sign", unit.number))
    assert ("checked" in page, "SM2" in page) == (False, False)
    signed = signer.post(address("sign", unit.number), {"terminal": terminal.number, "received_on": on, "deed": "sign"})
    handover = Handover.objects.get()
    assert signed.headers["Location"] == address("handover", handover.number)
    for name, number in (("handover", handover.number), ("terminal", terminal.number)):
        assert terminal.number in text_of(clerk, name, number)
    clerk.post(address("terminal", terminal.number), {"asset": world.machine(org=world.orgs[0], holder="示例").serial})
    terminal.refresh_from_db()
    assert terminal.old is not None


def test_only_steps_that_a_terminal_can_take_are_offered_and_none_is_chosen_beforehand(world: CampaignWorld) -> None:
    world.frozen(3)
    clerk, unit = browser(world.clerk), world.units[0]
    assert "对选中的终端登记步骤" not in text_of(clerk, "unit", unit.number)
    world.arrived()
    world.step(world.arrived(), "prepare")
    world.signed()
    form = clerk.get(address("unit", unit.number)).context["forms"]["step"]
    offered = dict(form["verb"].field.widget.choices)
    assert list(offered) == ["", "send_back", "prepare", "deliver", "no_old"]
    assert (offered["send_back"], offered["no_old"]) == ("退回供应商（2 台可以）", "没有旧机（1 台可以）")
    assert '<option value="" selected>' in str(form["verb"])
    on = clock.city_date(clock.now()).isoformat()
    empty = clerk.post(address("unit", unit.number), {"deed": "step", "verb": "", "on": on})
    assert (empty.status_code, list(empty.context["forms"]["step"].errors)) == (422, ["verb"])


def test_an_old_machine_is_not_recovered_while_both_stand_side_by_side() -> None:
    assert rules.bureau_steps("signed", has_old=True, is_dual=True) == []
    assert rules.bureau_steps("signed", has_old=True, is_dual=False) == ["recover"]


def test_a_units_page_stands_under_the_campaigns_in_the_menu(world: CampaignWorld) -> None:
    world.frozen(1)
    page = browser(world.clerk).get(address("unit", world.units[0].number)).content.decode()
    assert re.findall(r'href="([^"]+)"[^>]*aria-current="page"', page) == [address("campaigns")]


def test_the_menu_names_pages_that_are_there() -> None:
    assert {page for pages in PAGES.values() for page in pages} <= {path.name for path in ASSET_PATHS}


def test_a_unit_gives_back_what_it_does_not_take(world: CampaignWorld) -> None:
    world.frozen(1)
    terminal = world.delivered()
    signer, page = browser(world.signers[0]), address("sign", world.units[0].number)
    words = {"terminal": terminal.number, "deed": "refuse", "on": clock.city_date(clock.now()).isoformat()}
    assert signer.post(page, words).status_code == 422
    assert signer.post(page, words | {"reason": "开机故障"}).status_code == 302
    terminal.refresh_from_db()
    assert terminal.state == "prepared"


def test_who_has_a_key_signs_the_text_that_the_page_shows(world: CampaignWorld) -> None:
    world.frozen(2)
    one, other = world.delivered(), world.delivered()
    pair = keys.generate(Algorithm.SM2)
    public = pair.public.raw.hex()
    person = Person.objects.get(pk=world.signers[0].person_id)
    words = {"person": person.number, "public_key": public, "fingerprint": handing_over.fingerprint_of(public)}
    clerk, signer = browser(world.clerk), browser(world.signers[0])
    assert clerk.post(address("enrol_key"), words).status_code == 302
    page, on = address("sign", world.units[0].number), TODAY.isoformat()
    chosen = {"terminal": [one.number], "received_on": on}
    text = signer.post(page, chosen | {"deed": "text"}).context["text_to_sign"]
    assert one.number in text
    assert other.number not in text
    wrong = signer.post(page, chosen | {"deed": "sign", "signature": "00"})
    assert (wrong.status_code, "签名不是由您登记的密钥" in wrong.content.decode()) == (422, True)
    done = signer.post(page, chosen | {"deed": "sign", "signature": pair.sign(text.encode()).hex()}, follow=True)
    assert "签名有效" in done.content.decode()
    key = SignerKey.objects.get()
    assert key.fingerprint in text_of(clerk, "keys")
    assert clerk.post(address("retire_key", key.pk)).status_code == 302
    key.refresh_from_db()
    assert key.retired_at is not None


def test_the_rate_of_any_past_day_stands_on_the_page(world: CampaignWorld) -> None:
    world.frozen(1, 1)
    world.signed(0)
    chief = browser(world.chief)
    at = address("campaign", world.campaign.number)
    shown = chief.get(at, {"on": TODAY.isoformat(), "known": ""})
    assert shown.context["standing"].unit_rate == 50
    before = chief.get(at, {"on": TODAY.isoformat(), "known": (TODAY - timedelta(days=1)).isoformat()})
    assert before.context["standing"].replaced == 0


def test_changes_and_exceptions_are_asked_for_and_decided_on_pages(world: CampaignWorld) -> None:
    world.frozen(1)
    unit = world.units[0]
    clerk, chief, signer = (browser(v) for v in (world.clerk, world.chief, world.signers[0]))
    clerk.post(address("propose_change", unit.number), {"kind": "add", "amount": 2, "reason": "新增岗位"})
    change = BaseChange.objects.get()
    assert "批准" in text_of(chief, "base_change", change.number)
    assert chief.post(address("base_change", change.number), {"verb": "approve", "reason": "同意"}).status_code == 302
    assert unit.terminals.count() == 3
    until = (clock.city_date(clock.now()) + timedelta(days=30)).isoformat()
    signer.post(address("request_exception", unit.number), {"reason": "专用软件", "expires_on": until})
    exception = ReplacementException.objects.get()
    own = signer.get(address("exception", exception.number))
    assert (own.status_code, own.context["verbs"]) == (200, ())
    for verb, who in (("approve", chief), ("close", clerk)):
        words = {"verb": verb, "reason": "意见"}
        assert who.post(address("exception", exception.number), words).status_code == 302
    assert "已销案" in text_of(chief, "exceptions")
    assert change.number in text_of(chief, "base_changes")


def test_a_signer_sees_its_own_unit_only(world: CampaignWorld) -> None:
    world.frozen(1, 1)
    signer = browser(world.signers[0])
    assert world.campaign.name in text_of(signer, "campaigns")
    own, other = (CampaignUnit.objects.get(pk=u.pk) for u in world.units)
    assert world.orgs[1].name not in text_of(signer, "units", world.campaign.number)
    assert signer.get(address("unit", other.number)).status_code == 404
    words = {"deed": "plan", "amount": 1}
    assert signer.post(address("unit", own.number), words).status_code == 403


def test_the_board_and_the_terminals_go_out_as_files(world: CampaignWorld) -> None:
    world.frozen(1)
    world.signed()
    clerk = browser(world.clerk)
    for name, args in (("units", (world.campaign.number,)), ("terminals", ())):
        answer = clerk.get(address(name, *args), {"format": "csv"})
        assert world.orgs[0].name in b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]


def test_a_model_called_secure_without_its_source_is_refused_beside_the_field(world: CampaignWorld) -> None:
    page = "/console/lists/operations-models/new/"
    words = {"code": "m9", "kind": "desktop", "maker": "示例", "name": "M9", "is_secure": "true", "basis": ""}
    refused = browser(world.clerk).post(page, words)
    assert refused.status_code == 422
    assert {field: list(said) for field, said in refused.context["form"].errors.items()} == {
        "basis": ["填写了是否安全可靠，须写明依据的公告名称、期号和日期。"]
    }


def test_a_day_that_has_not_come_is_refused_and_one_before_the_base_says_so(world: CampaignWorld) -> None:
    world.frozen(1)
    clerk, page = browser(world.clerk), address("campaign", world.campaign.number)
    ahead = clerk.get(page, {"on": (clock.city_date(clock.now()) + timedelta(days=1)).isoformat()})
    assert (ahead.status_code, "截至日期不能晚于今天" in ahead.content.decode()) == (422, True)
    before = clerk.get(page, {"on": (world.campaign.planned_on - timedelta(days=1)).isoformat()})
    assert (before.status_code, "这一天还没有基数" in before.content.decode()) == (200, True)
