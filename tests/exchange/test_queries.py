"""Query interfaces: who may ask what, how a program proves itself, what is written down; once through the real thing."""

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.test import Client as Browser
from tests.exchange.hub import PEOPLE, RIGHTS, Office, made, running, until
from tests.exchange.world import NOW, World
from tests.factories.directory import staff
from tests.outpost.conftest import Pair, empty_pair, pair, scratch_urls

from yunshu.domains.exchange import queries, services
from yunshu.domains.exchange.contracts import Proven
from yunshu.domains.exchange.models import Call, CallBatch, Client, Consent
from yunshu.domains.exchange.rules import asking as rules
from yunshu.domains.exchange.services import asking as asking_service
from yunshu.domains.ledger.models import Record
from yunshu.lib.crypto import keys as crypto_keys
from yunshu.lib.crypto.signing import Algorithm, PrivateKey
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Conflict, NotFound, NotPermitted, Refused, TooMany, Unavailable
from yunshu.lib.nodes import asking, letters, line
from yunshu.lib.nodes import keys as node_keys
from yunshu.lib.nodes.keys import NodeKeys
from yunshu.lib.nodes.line import Reply
from yunshu.lib.nodes.orders import Order

__all__ = ["empty_pair", "pair", "scratch_urls"]
WHO = "1" * 18
ROW = {"id_number": "ab" * 32, "name": "张*", "division": "445202"}


class Node:
    """A node that answers in this process: it signs like a real one, so that what is read is read as from a real one."""

    def __init__(self, keys: NodeKeys) -> None:
        self.keys = keys
        self.asked: list[Order] = []
        self.refusal: tuple[str, str] | None = None
        self.meanwhile: Callable[[], object] = lambda: None

    def ask(self, order: Order) -> Reply:
        self.asked.append(order)
        self.meanwhile()
        about = {"said_at": NOW.isoformat(), "took_ms": 1}
        if self.refusal:
            answer = asking.refused(order, self.keys.card, self.refusal, **about)  # type: ignore[arg-type]
        else:
            found = asking.Found(rows=json.dumps([ROW], ensure_ascii=False), count=1, more=False)
            answer = asking.found(order, self.keys.card, found, **about)  # type: ignore[arg-type]
        return Reply(letters.write(asking.ANSWER, asdict(answer), self.keys.signers), b"{}")


class Desk:
    """An agreement by query, its interface, and a node that answers."""

    def __init__(self, office: Office, **interface: Any) -> None:
        self.office, self.world = office, office.world
        self.agreement = office.agree(delivery="query")
        self.node = Node(office.police)
        self.set(**interface)
        self.client, self.secret = self.register("审批系统")

    def set(self, **more: Any) -> None:
        words: dict[str, Any] = {"node": "n1", "kind": "table", "table": "public.person", "lookup": ["id_number"]}
        services.save_interface(
            actor=self.world.owner,
            resource=self.agreement.resource.number,
            spec=services.InterfaceSpec(**(words | more)),
            now=clock.now(),
        )

    def register(self, name: str, **more: Any) -> tuple[Client, str]:
        spec = services.ClientSpec(name=name, **more)
        return services.create_client(actor=self.world.clerk, org=self.world.county.code, spec=spec, now=clock.now())

    def question(self, **more: Any) -> services.Question:
        words: dict[str, Any] = {
            "agreement": self.agreement.number,
            "key": {"id_number": WHO},
            "purpose": "高龄津贴申请核验",
            "operator": "李四",
        }
        return services.Question(**(words | more))

    def ask(self, client: Client | None = None, **more: Any) -> services.asking.Told:
        client = Client.objects.select_related("allowance").get(pk=(client or self.client).pk)
        return services.ask_as_client(client=client, question=self.question(**more), now=clock.now())

    def consent(self, who: str = WHO, **more: Any) -> Consent:
        words = {"subject": who, "purpose": "申请高龄津贴", "means": "窗口书面同意", "days": 30} | more
        return services.record_consent(
            by=self.world.clerk,
            agreement=self.agreement.number,
            spec=services.ConsentSpec(**words),  # type: ignore[arg-type]
            now=clock.now(),
        )


@pytest.fixture
def office(db: None) -> Office:
    return made(World())


@pytest.fixture
def desk(office: Office, monkeypatch: pytest.MonkeyPatch) -> Desk:
    found = Desk(office)
    monkeypatch.setattr(asking_service, "line", found.node)
    return found


# asking ---------------------------------------------------------------------------------------------------------------


def test_an_answer_is_written_down_without_what_was_asked_or_answered(desk: Desk) -> None:
    told = desk.ask()
    assert json.loads(told.answer.rows) == [ROW]
    call = Call.objects.get()
    assert (call.question, call.client, call.operator, call.purpose) == (
        told.question,
        desk.client,
        "李四",
        "高龄津贴申请核验",
    )
    assert (call.rows, call.code, call.subject) == (1, "", services.subject_of(WHO))
    assert call.digest == sha256(told.letter.encode()).hexdigest()
    kept = " ".join(str(value) for value in Call.objects.values().get().values())
    assert WHO not in kept
    assert "张" not in kept
    desk.agreement.refresh_from_db()
    assert desk.agreement.first_delivered_at is not None


def test_the_node_is_asked_for_the_agreed_items_and_rows_only(desk: Desk) -> None:
    desk.ask()
    spec = desk.node.asked[0].spec
    assert [field["name"] for field in spec["fields"]] == ["id_number", "name", "division"]
    assert spec["fields"][0]["mask"] == {"mask": "hash"}
    assert spec["rows"] == {"is": "in", "column": "division", "values": ["445202"]}
    assert spec["key"] == {"id_number": WHO}
    assert (spec["table"], spec["limit"]) == ("public.person", 10)


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"key": {}}, "key_missing"),
        ({"key": {"id_number": " "}}, "key_missing"),
        ({"key": {"id_number": "1" * 201}}, "key_missing"),
        ({"key": {"id_number": "1\x00"}}, "key_missing"),
        ({"key": {"id_number": ["1"]}}, "key_missing"),
        ({"key": {"id_number": WHO, "secret_note": "x"}}, "key_unknown"),
        ({"purpose": " 查 "}, "purpose_missing"),
        ({"operator": ""}, "operator_missing"),
    ],
)
def test_a_question_that_lacks_something_is_refused_and_noted(desk: Desk, more: dict[str, Any], code: str) -> None:
    with pytest.raises(Refused) as refused:
        desk.ask(**more)
    assert refused.value.code == code
    assert Call.objects.get().code == code
    assert not desk.node.asked


def test_a_view_is_listed_without_a_condition_and_a_point_query_is_not(desk: Desk) -> None:
    with pytest.raises(Refused) as refused:
        desk.ask(after="x")
    assert (refused.value.code, Call.objects.latest("pk").code) == ("not_a_view", "not_a_view")
    desk.set(is_view=True)
    desk.ask(key={})
    desk.ask(key={"id_number": WHO}, after="page two")
    specs = [order.spec for order in desk.node.asked]
    assert [(spec["key"], spec["after"]) for spec in specs] == [({}, ""), ({"id_number": WHO}, "page two")]
    assert {spec["limit"] for spec in specs} == {10}
    assert [call.subject == "" for call in Call.objects.filter(code="").order_by("pk")] == [True, False]


@pytest.mark.parametrize("more", [{"needs_consent": True}, {"kind": "service", "service": "hjrk", "table": ""}])
def test_only_a_table_that_needs_no_consent_can_be_a_view(desk: Desk, more: dict[str, Any]) -> None:
    with pytest.raises(Refused) as refused:
        desk.set(is_view=True, **more)
    assert refused.value.where == "is_view"


def test_what_the_node_says_is_told_apart(desk: Desk) -> None:
    desk.node.refusal = ("table_closed", "本节点未允许")
    with pytest.raises(Refused, match="未允许"):
        desk.ask()
    desk.node.refusal = ("too_slow", "查询超过 5 秒")
    with pytest.raises(Unavailable, match="5 秒"):
        desk.ask()
    assert [call.code for call in Call.objects.order_by("pk")] == ["table_closed", "too_slow"]


def test_an_answer_that_another_node_signed_is_not_given(desk: Desk) -> None:
    desk.node.keys = node_keys.generate(desk.world.police.code, "n1", now=NOW)
    with pytest.raises(Refused, match="签名不符"):
        desk.ask()
    assert Call.objects.get().code == "signature_wrong"


def test_only_the_consumers_programs_ask(desk: Desk) -> None:
    spec = services.ClientSpec(name="别家")
    actor = staff(RIGHTS, org=desk.world.bureau)
    foreign, _secret = services.create_client(actor=actor, org=desk.world.bureau.code, spec=spec, now=NOW)
    with pytest.raises(NotFound):
        desk.ask(foreign)
    with pytest.raises(NotFound):
        services.ask_as_person(actor=actor, question=desk.question(), now=NOW)
    with pytest.raises(NotPermitted):
        services.create_client(actor=actor, org=desk.world.county.code, spec=spec, now=NOW)


def test_a_person_asks_in_his_own_name(desk: Desk) -> None:
    services.ask_as_person(actor=desk.world.clerk, question=desk.question(operator="别人"), now=clock.now())
    call = Call.objects.get()
    assert (call.client, call.operator) == (None, desk.world.clerk.name)
    with pytest.raises(NotPermitted):
        services.ask_as_person(actor=desk.world.owner, question=desk.question(), now=clock.now())


@pytest.mark.parametrize("verb", ["suspend", "revoke"])
def test_nothing_is_asked_under_an_agreement_that_has_ended(desk: Desk, verb: str) -> None:
    desk.ask()
    services.move_agreement(
        actor=desk.world.owner, number=desk.agreement.number, verb=verb, reason="核查", now=clock.now()
    )
    with pytest.raises(Refused, match="没有生效"):
        desk.ask()
    assert len(desk.node.asked) == 1


def test_nothing_is_asked_after_the_last_day(desk: Desk) -> None:
    for days in (-1, 201):
        with pytest.raises(Refused, match="没有生效"):
            services.ask_as_client(client=desk.client, question=desk.question(), now=clock.now() + timedelta(days=days))


def test_an_interface_that_is_off_or_whose_node_is_barred_does_not_answer(desk: Desk) -> None:
    desk.set(is_active=False)
    with pytest.raises(Unavailable, match="停用"):
        desk.ask()
    desk.set(is_active=True)
    services.bar_node(actor=desk.office.operator, org=desk.world.police.code, name="n1", reason="失窃", now=clock.now())
    with pytest.raises(Unavailable, match="切断"):
        desk.ask()


def test_an_agreement_by_table_is_not_asked(desk: Desk) -> None:
    desk.agreement = desk.office.agree()
    with pytest.raises(Refused, match="库表交付"):
        desk.ask()


# how often ------------------------------------------------------------------------------------------------------------


def test_more_than_the_rate_is_refused_and_the_bucket_fills_again(desk: Desk) -> None:
    client, _secret = desk.register("每秒两次", per_second=2)
    now = clock.now()

    def ask(after_s: float) -> None:
        fresh = Client.objects.get(pk=client.pk)
        services.ask_as_client(client=fresh, question=desk.question(), now=now + timedelta(seconds=after_s))

    ask(0)
    ask(0)
    with pytest.raises(TooMany) as refused:
        ask(0)
    assert (refused.value.status, refused.value.retry_after_s) == (429, 1)
    ask(0.5)
    with pytest.raises(TooMany):
        ask(0.5)


def test_the_days_quota_ends_and_begins_anew(desk: Desk) -> None:
    client, _secret = desk.register("每日两次", per_day=2)
    now = clock.now()

    def ask(day: int) -> None:
        fresh = Client.objects.select_related("allowance").get(pk=client.pk)
        services.ask_as_client(client=fresh, question=desk.question(), now=now + timedelta(days=day))

    ask(0)
    ask(0)
    with pytest.raises(TooMany, match="今天"):
        ask(0)
    ask(1)


def test_a_person_cannot_walk_through_a_register_by_hand(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking_service, "PERSON_PER_MINUTE", 2)
    now = clock.now()
    for _time in range(2):
        services.ask_as_person(actor=desk.world.clerk, question=desk.question(), now=now)
    with pytest.raises(TooMany):
        services.ask_as_person(actor=desk.world.clerk, question=desk.question(), now=now)


# consent --------------------------------------------------------------------------------------------------------------


def test_consent_is_needed_of_the_very_person_and_ends_at_once(desk: Desk) -> None:
    desk.set(needs_consent=True)
    desk.consent("2" * 18)
    with pytest.raises(Refused, match="当事人同意"):
        desk.ask()
    given = desk.consent()
    assert WHO not in given.subject
    desk.ask()
    assert Call.objects.get(code="").consent == given
    with pytest.raises(Refused, match="当事人同意"):
        desk.ask(consent="TY-0")
    services.withdraw_consent(by=desk.world.clerk, number=given.number, now=clock.now())
    with pytest.raises(Refused, match="当事人同意"):
        desk.ask()
    with pytest.raises(Conflict):
        services.withdraw_consent(by=desk.world.clerk, number=given.number, now=clock.now())


def test_a_consent_has_its_term_and_its_parties(desk: Desk) -> None:
    for bad in ({"days": 0}, {"days": 400}, {"means": " "}, {"who": ""}):
        with pytest.raises(Refused):
            desk.consent(**bad)  # type: ignore[arg-type]
    given = desk.consent()
    with pytest.raises(NotPermitted):
        services.withdraw_consent(by=desk.world.owner, number=given.number, now=NOW)
    assert Record.objects.filter(kind="exchange.consent", subject=given.number).exists()


# programs -------------------------------------------------------------------------------------------------------------


def test_a_secret_is_shown_once_and_a_new_one_ends_the_old(desk: Desk) -> None:
    number = desk.client.number
    assert services.client_of_secret(number, desk.secret) == desk.client
    assert services.client_of_secret(number, "x") is None
    assert services.client_of_secret("YY-0", "") is None
    assert desk.secret not in str(Client.objects.values().get(pk=desk.client.pk))
    token = services.token_for(desk.client)
    assert services.client_of_token(token) == desk.client
    assert services.client_of_token(token[:-2]) is None
    _row, fresh = services.new_secret(actor=desk.world.clerk, number=number, now=clock.now())
    assert services.client_of_secret(number, desk.secret) is None
    assert services.client_of_token(token) is None
    assert services.client_of_secret(number, fresh) == desk.client
    services.save_client(
        actor=desk.world.clerk, number=number, spec=services.ClientSpec(name="停", is_active=False), now=clock.now()
    )
    assert services.client_of_secret(number, fresh) is None


@pytest.mark.parametrize(
    ("more", "where"),
    [({"name": " "}, "name"), ({"sm2_key": "04" + "11" * 64}, "sm2_key"), ({"networks": ["10.1"]}, "networks")],
)
def test_a_program_is_registered_whole_or_not_at_all(desk: Desk, more: dict[str, Any], where: str) -> None:
    with pytest.raises(Refused) as refused:
        desk.register(**({"name": "甲"} | more))
    assert refused.value.where == where


def test_the_owner_sets_only_his_own_node_and_items(desk: Desk) -> None:
    for bad in ({"node": "n9"}, {"lookup": []}, {"lookup": ["no_such"]}, {"table": " "}, {"kind": "service"}):
        with pytest.raises(Refused):
            desk.set(**bad)
    with pytest.raises(NotPermitted):
        services.save_interface(
            actor=desk.world.clerk,
            resource=desk.agreement.resource.number,
            spec=services.InterfaceSpec(node="n1", kind="table", table="t", lookup=["name"]),
            now=NOW,
        )


# over HTTP ------------------------------------------------------------------------------------------------------------


class Program:
    """A consumer's program as it speaks HTTP."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.http = Browser()
        self.path = f"/api/v1/exchange/query/{desk.agreement.number}"
        self.words = {"key": {"id_number": WHO}, "purpose": "高龄津贴申请核验", "operator": "李四"}

    def token(self, secret: str = "", grant: str = "client_credentials") -> Any:
        form = {
            "grant_type": grant,
            "client_id": self.desk.client.number,
            "client_secret": secret or self.desk.secret,
        }
        return self.http.post("/api/v1/exchange/token", form)

    def ask(self, token: str, words: Any = None, **headers: str) -> Any:
        return self.http.post(
            self.path,
            self.words if words is None else words,
            content_type="application/json",
            headers={"Authorization": f"Bearer {token}"},
            **headers,  # type: ignore[arg-type]
        )

    def signed(
        self, key: PrivateKey, *, nonce: str = "n" * 16, stamp: str = "", path: str = "", body: Any = None
    ) -> Any:
        data = json.dumps(self.words).encode()
        stamp = stamp or clock.now().isoformat()
        text = rules.signing_text("POST", path or self.path, data, stamp, nonce)
        headers = {
            "X-Yunshu-Client": self.desk.client.number,
            "X-Yunshu-Time": stamp,
            "X-Yunshu-Nonce": nonce,
            "X-Yunshu-Signature": key.sign(text).hex(),
        }
        return self.http.post(self.path, body or data, content_type="application/json", headers=headers)


@pytest.fixture
def program(desk: Desk) -> Program:
    return Program(desk)


def test_a_program_gets_a_token_and_asks(program: Program) -> None:
    got = program.token()
    assert got.status_code == 200
    assert (got.json()["token_type"], got.json()["expires_in"]) == ("Bearer", 900)
    assert got["Cache-Control"] == "no-store"
    answered = program.ask(got.json()["access_token"])
    assert answered.status_code == 200
    assert answered.json()["rows"] == [ROW]
    assert letters.read(asking.ANSWER, answered.json()["letter"].encode(), program.desk.office.police.card.public_keys)


def test_the_token_endpoint_refuses_as_rfc_6749_says(program: Program) -> None:
    wrong, other = program.token("x"), program.token(grant="password")
    assert (wrong.status_code, wrong.json()["error"]) == (401, "invalid_client")
    assert (other.status_code, other.json()["error"]) == (400, "unsupported_grant_type")
    basic = base64.b64encode(f"{program.desk.client.number}:{program.desk.secret}".encode()).decode()
    right = program.http.post(
        "/api/v1/exchange/token", {"grant_type": "client_credentials"}, headers={"Authorization": f"Basic {basic}"}
    )
    assert right.status_code == 200
    assert program.http.get("/api/v1/exchange/token").status_code == 405


def test_a_stranger_gets_nothing(program: Program) -> None:
    assert program.ask("nonsense").status_code == 401
    assert program.http.post(program.path, program.words, content_type="application/json").status_code == 401
    assert not Call.objects.exists()


@pytest.mark.parametrize(
    "words", [[], {}, {"key": "x"}, {"key": {"id_number": 1}, "purpose": "高龄津贴", "operator": "a"}]
)
def test_a_malformed_question_is_refused(program: Program, words: Any) -> None:
    token = program.token().json()["access_token"]
    assert program.ask(token, words).status_code == 422
    assert program.ask(token, program.words | {"fields": ["secret_note"]}).status_code == 422
    assert not program.desk.node.asked


def test_a_huge_question_is_refused(program: Program) -> None:
    token = program.token().json()["access_token"]
    assert program.ask(token, program.words | {"key": {"id_number": "1" * 20_000}}).json()["code"] == "too_long"


def test_values_stay_values(program: Program) -> None:
    token = program.token().json()["access_token"]
    text = "1' OR '1'='1"
    program.ask(token, program.words | {"key": {"id_number": text}})
    assert program.desk.node.asked[0].spec["key"] == {"id_number": text}


def test_too_many_and_away_say_when_to_come_again(program: Program) -> None:
    desk = program.desk
    desk.client, desk.secret = desk.register("慢", per_second=1)
    token = program.token().json()["access_token"]
    program.ask(token)
    many = program.ask(token)
    assert (many.status_code, many["Retry-After"], many.json()["code"]) == (429, "1", "too_often")
    desk.client, desk.secret = desk.register("快")
    desk.node.refusal = ("too_slow", "查询超过 5 秒")
    assert program.ask(program.token().json()["access_token"]).status_code == 503


def test_a_program_asks_from_its_own_addresses_only(program: Program) -> None:
    desk = program.desk
    desk.client, desk.secret = desk.register("内网", networks=["10.1.0.0/16", "2001:db8::/32"])
    token = program.token().json()["access_token"]
    assert program.ask(token).status_code == 403
    assert program.ask(token, REMOTE_ADDR="10.1.2.3").status_code == 200
    assert program.ask(token, REMOTE_ADDR="2001:db8::7").status_code == 200
    assert program.ask(token, REMOTE_ADDR="").status_code == 403


@pytest.fixture
def key(desk: Desk) -> PrivateKey:
    made = crypto_keys.generate(Algorithm.SM2)
    desk.client, desk.secret = desk.register("国密", sm2_key=made.public.raw.hex()[2:])
    return made


def test_a_signed_question_is_answered_once(program: Program, key: PrivateKey) -> None:
    assert program.signed(key).status_code == 200
    assert program.signed(key).status_code == 401
    assert program.signed(key, nonce="m" * 16).status_code == 200


def test_a_signature_counts_for_its_own_words_in_time_only(program: Program, key: PrivateKey) -> None:
    late = (clock.now() - timedelta(minutes=6)).isoformat()
    other = json.dumps(program.words | {"operator": "王五"}).encode()
    for bad in (
        {"stamp": late},
        {"stamp": "yesterday"},
        {"stamp": "2026-11-24T08:00:00"},
        {"nonce": "short"},
        {"path": "/api/v1/exchange/query/XY-0"},
        {"body": other},
    ):
        assert program.signed(key, **bad).status_code == 401, bad
    assert program.signed(crypto_keys.generate(Algorithm.SM2)).status_code == 401
    assert not Call.objects.exists()


def test_the_interface_is_described_for_its_consumer(program: Program) -> None:
    token = program.token().json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    told = program.http.get(f"{program.path}/openapi.json", headers=headers).json()
    assert told["openapi"] == "3.1.1"
    question = told["components"]["schemas"]["Question"]["properties"]
    assert list(question["key"]["properties"]) == ["id_number"]
    rows = told["components"]["schemas"]["Answer"]["properties"]["rows"]["items"]["properties"]
    assert list(rows) == ["id_number", "name", "division"]
    other = program.desk.office.agree()
    assert program.http.get(f"/api/v1/exchange/query/{other.number}/openapi.json", headers=headers).status_code == 404


def test_a_program_notes_and_withdraws_consents(program: Program) -> None:
    program.desk.set(needs_consent=True)
    headers = {"Authorization": f"Bearer {program.token().json()['access_token']}"}
    words = {"subject": WHO, "purpose": "申请高龄津贴", "means": "粤省事人脸核验后勾选", "days": 30}
    path = f"{program.path}/consents"
    given = program.http.post(path, words, content_type="application/json", headers=headers)
    assert given.status_code == 201
    token = headers["Authorization"].removeprefix("Bearer ")
    assert program.ask(token).status_code == 200
    ended = program.http.post(f"/api/v1/exchange/consents/{given.json()['number']}/withdraw", headers=headers)
    assert ended.json()["withdrawn"] is True
    assert program.ask(token).json()["code"] == "consent_missing"


# the log --------------------------------------------------------------------------------------------------------------


def test_calls_go_to_the_ledger(desk: Desk) -> None:
    for _time in range(3):
        desk.ask()
    later = clock.now() + timedelta(minutes=3)
    assert services.seal_calls(now=clock.now()) == 0
    assert services.seal_calls(now=later) == 3
    assert services.seal_calls(now=later) == 0
    batch = CallBatch.objects.get()
    assert Record.objects.filter(kind=f"exchange.{Proven.CALLS.value}", number=batch.record).exists()
    assert services.faulty_batches() == []


def test_use_is_counted_by_program_for_both_sides(desk: Desk) -> None:
    desk.ask()
    services.ask_as_person(actor=desk.world.clerk, question=desk.question(), now=clock.now())
    with pytest.raises(Refused):
        desk.ask(purpose="")
    since = clock.now() - timedelta(days=1)
    rows = queries.usage(desk.agreement, since)
    assert [(row.name, row.calls, row.refused, row.rows) for row in rows] == [("审批系统", 2, 1, 1), ("", 1, 0, 1)]
    assert queries.calls_by_day(desk.agreement, since) == [(clock.city_date(clock.now()), 3)]
    assert queries.visible_calls(desk.world.owner).count() == 3
    assert not queries.visible_calls(staff(RIGHTS, org=desk.world.bureau)).exists()


# through hub and node -------------------------------------------------------------------------------------------------


@contextmanager
def live(tmp_path: Path, pair: Pair, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """An agreement by query whose questions go over the bus to the hub, to the police's node, to its database."""
    pair.source.execute(PEOPLE)
    desk = Desk(made(World()))
    with running(tmp_path, desk.office, pair) as hub:
        monkeypatch.setattr(asking_service, "line", line.Line(hub.bus.url))
        until(lambda: answers(desk))
        yield desk


def answers(desk: Desk) -> bool:
    try:
        desk.ask(operator="试")
    except Unavailable:
        return False
    return True


@pytest.mark.slow
def test_a_question_goes_through_hub_and_node_and_a_changed_log_is_seen(
    committed_db: Any, pair: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with live(tmp_path, pair, monkeypatch) as desk:
        police = desk.office.police.card.public_keys
        who = f"{2:018d}"
        told = desk.ask(key={"id_number": who})
        [row] = json.loads(told.answer.rows)
        assert row["name"] == "张**"
        assert (row["division"], list(row)) == ("445202", ["id_number", "name", "division"])
        assert row["id_number"] not in (who, "")
        assert letters.read(asking.ANSWER, told.letter.encode(), police)["question"] == told.question
        for outside in (f"{1:018d}", "1' OR '1'='1"):
            assert desk.ask(key={"id_number": outside}).answer.count == 0
        desk.set(table="public.elsewhere")
        with pytest.raises(Refused):
            desk.ask()
        desk.set()
        services.move_agreement(
            actor=desk.world.owner, number=desk.agreement.number, verb="suspend", reason="核查", now=clock.now()
        )
        with pytest.raises(Refused, match="没有生效"):
            desk.ask()
        services.move_agreement(
            actor=desk.world.owner, number=desk.agreement.number, verb="resume", reason="查清", now=clock.now()
        )
        services.bar_node(
            actor=desk.office.operator, org=desk.world.police.code, name="n1", reason="失窃", now=clock.now()
        )
        with pytest.raises(Unavailable):
            desk.ask()
    assert services.seal_calls(now=clock.now() + timedelta(minutes=3)) == Call.objects.count()
    assert services.faulty_batches() == []
    with psycopg.connect(committed_db.owner_url) as owner:
        owner.execute("ALTER TABLE exchange_call DISABLE TRIGGER USER")
        owner.execute("UPDATE exchange_call SET purpose = '别的用途' WHERE id = (SELECT max(id) FROM exchange_call)")
    assert services.faulty_batches() == list(CallBatch.objects.all())


@pytest.mark.slow
def test_without_hub_or_node_one_is_told_to_come_again(
    committed_db: object, pair: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with live(tmp_path, pair, monkeypatch) as desk:
        with monkeypatch.context() as patch:
            patch.setattr(asking_service, "line", line.Line("nats://127.0.0.1:9"))
            with pytest.raises(Unavailable):
                desk.ask()
        pair.source.execute("ALTER TABLE person RENAME TO gone")
        with pytest.raises(Refused):
            desk.ask()
    with pytest.raises(Unavailable):
        desk.ask()
