"""Every page of the resolver as every role of the city pack, as a stranger and from another organisation.

Pages are found, not listed: a new one is walked as soon as it has an address, and one whose address names an
object without an example in ``examples`` fails with a sentence. Each answer is what the view's access
decorator declares; none is 500 (the test client raises what a page raises).
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from tests.evaluation import lives
from tests.exchange import world as exchange
from tests.factories.directory import (
    AssignmentFactory,
    OrgFactory,
    PersonFactory,
    RoleFactory,
    powers_of_everybody,
    signed_in_client,
)
from tests.hotline import hotline_world, kb_world, phone_world
from tests.inspection import walk_examples
from tests.operations import asset_examples, incident_world
from tests.operations.watch_world import target
from tests.projects import loan_world
from tests.projects import world as projects
from tests.taking import sheets as taking

from yunshu.config import env
from yunshu.domains.directory.models import Org
from yunshu.domains.evaluation import standing
from yunshu.domains.evaluation.rules import fill_in
from yunshu.domains.exchange.models import CascadeMessage
from yunshu.domains.operations.models import Vantage

pytestmark = pytest.mark.django_db

NOT_OURS = ("accounts/", "api/v1/")  # allauth and the JSON API bring their own gates, tested with them
ROLES = {
    r["code"]: r["permissions"]
    for r in tomllib.loads((env.ROOT / "cities/jieyang/roles.toml").read_text("utf-8"))["roles"]
}
PARTS = 4  # what is walked at once by one process
ANSWERS = {200, 302, 403, 404, 405}


@dataclass(frozen=True)
class Page:
    """An address with a view of ours."""

    name: str
    view: Any
    arguments: tuple[str, ...]


def pages(resolver: URLResolver | None = None, route: str = "", space: str = "") -> Iterator[Page]:
    """Yield every page the resolver knows."""
    for found in (resolver or get_resolver()).url_patterns:
        here = route + str(found.pattern)
        if here.startswith(NOT_OURS):
            continue
        if isinstance(found, URLResolver):
            yield from pages(found, here, f"{space}{found.namespace}:" if found.namespace else space)
        elif isinstance(found, URLPattern):
            yield Page(f"{space}{found.name or here}", found.callback, tuple(found.pattern.converters))


PAGES = list(pages())
PART = {"HX-Request": "true"}  # the part without the frame, for speed: whole pages are walked by who holds everything
GUARDED = [p for p in PAGES if getattr(getattr(p.view, "access", None), "kind", "") != "public"]
ABSENT = {
    # made only by long work of their own, walked in their domain's tests: here the address names nothing
    "evaluation:review_import", "evaluation:changes", "evaluation:correct_evidence",
    "evaluation:add_evidence_files", "evaluation:withdraw_evidence", "workflow:supervision", "notify:follow",
    "ledger:record", "ledger:receipt", "ledger:opening", "ledger:destroy", "evaluation:decide_line",
    "ledger:block", "ledger:alarm", "ledger:evidence", "files:record", "files:erase", "files:download",
    "portal:ledger_receipt", "portal:ledger_policy", "directory:delegation_end", "directory:api_key_revoke", "portal:promise", "ui:reference_record",
    "inspection:picture", "inspection:choose_scheme",
    "evaluation:reverse_payment", "evaluation:measured_record",
    "ui:reference_retire",
    "hotline:phone_stream", "hotline:phone_floor_stream",  # telephony is off
    "hotline:recording", "hotline:sound",  # opened within an hour of asking
    "portal:ticket",  # opened by its number and code only
    "portal:article", "georeport:definition", "georeport:request", "georeport:token",
    "portal:enter", "portal:wechat",  # no such channel is connected
    "hotline:letter",  # walked in tests/hotline/test_province_pages.py
    "exchange:edit_line", "exchange:edit_request", "operations_public:metrics", "projects:score", "projects:review_report",
}  # fmt: skip
NOBODYS = {
    "inspection:scheme", "inspection:copy_scheme", "inspection:choose_scheme", "inspection:compare_schemes", "inspection:new_indicator",
    "inspection:indicator", "inspection:remove_indicator", "inspection:import", "inspection:import_template", "inspection:export",
    "directory:role", "directory:calendar_year", "workflow:flow", "evaluation:rule",
    "ui:reference", "ui:reference_new", "ui:reference_import", "ui:reference_json",
    "exchange:resource", "exchange:lineage", "exchange:version", "exchange:ask", "exchange:report_correction", "exchange:lines", "exchange:create_line",
    "catalogue:ckan", "catalogue:ckan_3", "operations:month", "operations:vantage", "operations:vantage_key",
    "projects:correct_rate", "hotline:counted",
    "operations:sign_in", "hotline:score_form",
    "hotline:article",  # what is published is for every unit
    "console:taking", "console:taking_undo",  # who takes over does it for the whole city
}  # fmt: skip


@dataclass(frozen=True)
class World:
    """The organisation whose objects the addresses name."""

    org: Org
    addresses: dict[str, str]


@pytest.fixture
def world() -> World:
    """Make an organisation with a person, a role and a table that is being monitored."""
    lives.hours()
    org = OrgFactory()
    table = lives.running(org)
    held = AssignmentFactory(person__org=org)
    beside = exchange.World.beside(org)
    data = beside.agreed()
    delivery = exchange.delivered(data)
    asked = beside.agreed(data.resource, delivery="query")
    program, consent = exchange.queried(asked)
    wrong = exchange.wrong(data)
    owed, (task, case) = exchange.owed(data), exchange.tasked(org)
    money = projects.World(org=org)
    confirmation, penalty, guarantee, payment = projects.walked(money)
    review, finding = projects.reviewed(money)
    rules = fill_in.rule_set(standing.RULE_SET).rules
    watched = target(org, name="a system", promise="99.9")
    Vantage.objects.create(name="center", title="center")
    examples: dict[str, Any] = {
        "ui:slug": "retention", "ui:pk": 1,
        "console:number": taking.example(),
        "portal:number": "none", "portal:tree": "sha256",
        "directory:code": org.code, "directory:number": held.person.number, "directory:assignment_id": held.pk,
        "directory:role": (held.role.code,), "directory:year": 2026, "directory:delegation_id": 1,
        "directory:prefix": "none", "directory:username": held.person.account.username,
        "workflow:flow": "evaluation.table", "workflow:code": "evaluation.table", "workflow:task_id": 1,
        "workflow:number": table.number,
        "notify:notice_id": 1,
        "ledger:number": 1, "ledger:alarm_id": 1,
        "files:number": "none",
        "exchange:number": "none", "catalogue:name": "site_read", "exchange:kind": "demand", "exchange:ordinal": 1,
        "exchange:resource": data.resource.number,
        **{f"exchange:{name}": (data.resource.number,) for name in ("resource", "act", "edit", "lineage", "interface", "report_correction")},
        **{f"exchange:{name}": (data.request.number,) for name in ("request", "edit_request", "act_request")},
        "exchange:ask": (data.resource.number,), "exchange:version": (data.resource.number, 1),
        **{f"exchange:{name}": (data.number,) for name in ("agreement", "move_agreement", "route", "deliver")},
        **{f"exchange:{name}": (asked.number,) for name in ("query", "openapi", "consents")},
        **{f"exchange:{name}": (program.number,) for name in ("program", "program_secret")},
        "exchange:withdraw_consent": (consent.number,),
        **{f"exchange:{name}": (wrong.number,) for name in ("correction", "act_correction")},
        "exchange:debt": (owed.number,), "exchange:upper_task": (task.number,), "exchange:upper_case": (case.number,),
        "exchange:message": (case_message(case.number),),
        "exchange:delivery": (delivery.number,), "exchange:stop_delivery": (delivery.number,),
        **{f"exchange:{name}": (data.provider.code, "n1") for name in ("node", "node_card", "move_node")},
        "operations:number": watched.number, "operations:name": "center", "operations_public:secret": "none",
        "projects:number": money.contract.number, "projects:project": (money.project.number,), "projects:ordinal": 2, "projects:state": "settled",
        **{f"projects:{name}": (money.project.number,) for name in projects.OF_PROJECT}, "projects:organise": (projects.at_review(money),),
        "projects:take_back": (money.contract.number, confirmation), "projects:waive": (money.contract.number, penalty),
        "projects:return_guarantee": (money.contract.number, guarantee), "projects:reverse_payment": (payment,),
        **{f"projects:{name}": (review,) for name in ("review", "word", "reveal", "find", "conclude", "review_report", "score")},
        "projects:recuse": (review, "W0"), "projects:settle_finding": (review, finding),
        **loan_world.addresses(org),
        "evaluation:number": table.number, "evaluation:ordinal": 1, "evaluation:kind": "docx", "evaluation:rule": rules[0].id,
        "evaluation:line": 1, "evaluation:payment": "none", "evaluation:change": "none", "evaluation:record": "none", "evaluation:evidence": "none", "evaluation:project": money.project.number,
        **incident_world.examples(org),
        **asset_examples.examples(org),
        **walk_examples.examples(org),
        **hotline_world.examples(org),
        **{f"georeport:{name}": ("xml",) for name in ("discovery", "services", "requests")},
        **{f"georeport:{name}": ("none", "json") for name in ("definition", "request", "token")},
        **kb_world.examples(org),
        **phone_world.examples(org),
    }  # fmt: skip
    return World(org, {page.name: address(page, examples) for page in PAGES})


def case_message(number: str) -> int:
    """Return the message that tells the level above of a case."""
    return CascadeMessage.objects.get(subject=number).pk


def address(page: Page, examples: dict[str, Any]) -> str:
    """Return the page's address, naming an example for each of its arguments."""
    space = page.name.partition(":")[0]
    if isinstance(whole := examples.get(page.name), tuple):
        return reverse(page.name, args=whole)
    for name in page.arguments:
        assert f"{space}:{name}" in examples, (
            f"The page {page.name} names an object ({name}) without an example: add '{space}:{name}' to examples."
        )
    if ":" not in page.name:
        return f"/{page.name}"
    return reverse(page.name, kwargs={name: examples[f"{space}:{name}"] for name in page.arguments})


def holder(codes: list[str], org: Org) -> Client:
    """Return the browser of a person who holds ``codes`` at ``org`` and below."""
    person = PersonFactory(org=org)
    AssignmentFactory(person=person, role=RoleFactory(permissions=codes), subtree=True)
    return signed_in_client(person)


def answer(client: Client, address: str) -> int:
    """Return the status of the answer; what a page raises fails the test by itself."""
    return client.get(address).status_code


def test_every_page_says_who_may_open_it() -> None:
    assert [p.name for p in PAGES if not hasattr(p.view, "access")] == []


def test_a_stranger_sees_what_is_public_and_signs_in_for_the_rest(world: World) -> None:
    client = Client()
    wrong = []
    for page in PAGES:
        found = client.get(world.addresses[page.name])
        is_sent = found.status_code == 302 and found.headers["Location"].startswith("/accounts/login/")
        if is_sent == (page.view.access.kind == "public") or found.status_code not in ANSWERS | {503}:
            wrong.append((page.name, found.status_code))
    assert wrong == []


@pytest.mark.slow
@pytest.mark.timeout(900)  # every page there is
@pytest.mark.parametrize("part", range(PARTS))
def test_a_role_opens_what_it_holds_and_nothing_else(world: World, part: int) -> None:
    wrong = []
    for role in [*ROLES, "nobody"][part::PARTS]:  # the world is made once for several: that costs as much as a walk
        held = ROLES.get(role, [])
        client = holder(held, world.org)
        for page in GUARDED:
            wanted = page.view.access.permission
            status = client.get(world.addresses[page.name], headers=PART).status_code
            allowed = ANSWERS | {503} if wanted is None or wanted.code in held else {403}
            if status not in allowed:
                wrong.append((role, page.name, status))
    assert wrong == []


@pytest.mark.slow
@pytest.mark.timeout(900)  # every page there is
def test_whoever_holds_everything_opens_every_page_that_has_an_object(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = holder(powers_of_everybody(monkeypatch), world.org)
    wrong = []
    for page in PAGES:
        status = answer(client, world.addresses[page.name])
        if page.name != "readyz" and status not in ({404, 405} if page.name in ABSENT else {200, 302, 405}):
            wrong.append((page.name, status))
    assert wrong == []


@pytest.mark.slow
@pytest.mark.timeout(900)  # every page there is
def test_from_another_organisation_the_objects_are_not_found(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    everything = powers_of_everybody(monkeypatch)
    client = holder(everything, OrgFactory(kind=Org.Kind.DEPARTMENT))  # a second bureau may come first by path
    wrong = []
    for page in PAGES:
        if page.arguments and page.name not in NOBODYS:
            status = answer(client, world.addresses[page.name])
            if status not in {403, 404, 405}:
                wrong.append((page.name, status))
    assert wrong == []
