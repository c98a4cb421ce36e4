"""Made-up calls against every operation of the JSON API of a running instance, as whoever signs in: what the walk and the long run share.

The numbers of real records are read from the lists first and mixed into the made-up ones, so that calls get past "not found".
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
LISTS = {
    "/hotline/": "hotline/tickets",
    "/hotline/demands/": "hotline/tickets",
    "/inspection/findings/": "inspection/findings",
    "/inspection/notices/": "inspection/notices",
    "/inspection/accounts/": "inspection/accounts",
    "/inspection/extensions/": "inspection/mending",
    "/inspection/appeals/": "inspection/appeals",
    "/inspection/schemes/": "inspection/schemes",
    "/inspection/assessments/": "inspection/assessments",
    "/operations/targets/": "operations/targets",
    "/operations/incidents/": "operations/incidents",
    "/projects/contracts/": "projects/contracts",
    "/notices/": "notices",
}
"""Which list knows the numbers that an address beginning so names."""


@dataclass(frozen=True)
class Caller:
    """Somebody who calls: a session with cookies, or a program's header; ``permissions`` is what the instance says of them."""

    name: str
    session: requests.Session
    headers: Mapping[str, str] = field(default_factory=dict)
    permissions: frozenset[str] = frozenset()


def signed_in(url: str, who: str, password: str) -> Caller:
    """Sign in by the page, as a browser would."""
    session = requests.Session()
    page = session.get(f"{url}/accounts/login/")
    found = TOKEN.search(page.text)
    assert found, "the sign-in page has no form"
    sent = {"login": who, "password": password, "csrfmiddlewaretoken": found[1]}
    answer = session.post(f"{url}/accounts/login/", sent, allow_redirects=False)
    assert answer.status_code == 302, f"{who}: {answer.status_code}"
    headers = {"X-CSRFToken": session.cookies["csrftoken"], "Referer": f"{url}/"}
    held = session.get(f"{url}/api/v1/me").json()["permissions"]
    return Caller(who, session, headers, frozenset(held))


def program(url: str, key: str) -> Caller:
    """Call with an API key."""
    headers = {"Authorization": f"Bearer {key}"}
    held = requests.get(f"{url}/api/v1/me", headers=headers, timeout=30).json()["permissions"]
    return Caller("program", requests.Session(), headers, frozenset(held))


def numbers(url: str, callers: Iterable[Caller]) -> dict[str, list[Any]]:
    """Return the numbers of real records that anybody sees, by the beginning of the addresses that name them."""
    callers = list(callers)
    return {prefix: sorted(_numbers(url, path, callers), key=str)[:40] for prefix, path in LISTS.items()}


def _numbers(url: str, path: str, callers: list[Caller]) -> set[Any]:
    found: set[Any] = set()
    for caller in callers:
        answer = caller.session.get(f"{url}/api/v1/{path}?limit=5", headers=dict(caller.headers))
        if answer.ok:
            found |= {row.get("number") or row.get("id") for row in answer.json()["items"]}
    return found - {None}


def document(description: Mapping[str, Any], real: Mapping[str, list[Any]]) -> dict[str, Any]:
    """Return the description with real numbers among what a path may name."""
    told = deepcopy(dict(description))
    for path, item in told["paths"].items():
        inner = path.removeprefix("/api/v1")
        known = [n for prefix, ns in real.items() if inner.startswith(prefix) for n in ns]
        for operation in item.values():
            for parameter in operation.get("parameters", ()):
                if known and parameter["in"] == "path" and parameter["name"] in ("number", "notice_id"):
                    parameter["schema"] = {"anyOf": [{"enum": known}, parameter["schema"]]}
    return told


def operations(told: Mapping[str, Any]) -> list[Any]:
    """Return every operation of a description."""
    return [found.ok() for found in schemathesis.openapi.from_dict(dict(told)).get_all_operations()]


@dataclass
class Heard:
    """What a walk found: faults in words, and which writing operations each caller was allowed."""

    faults: dict[str, str] = field(default_factory=dict)
    wrote: dict[str, set[str]] = field(default_factory=dict)
    calls: int = 0

    def ask(self, url: str, caller: Caller, case: Any) -> None:
        """Send one made-up call; keep the first fault of each kind."""
        self.calls += 1
        where = f"{case.method} {case.operation.path}"
        case.headers, case.cookies = {}, {}  # it makes up who calls; who calls is ours to say
        headers = dict(caller.headers)
        answer = case.call(base_url=url, session=caller.session, headers=headers, timeout=60, allow_redirects=False)
        if answer.status_code < 300 and case.method != "GET":
            self.wrote.setdefault(caller.name, set()).add(where)
        try:
            case.validate_response(answer, checks=CHECKS)
        except schemathesis.core.failures.FailureGroup as group:
            for one in group.exceptions:
                self.faults.setdefault(f"{where}: {one.title} {answer.status_code}", f"{caller.name}: {one}"[:1500])


def walk(
    url: str, caller: Caller, operation: Any, heard: Heard, *, examples: int, start: int = 1, wrong: bool = False
) -> None:
    """Make ``examples`` calls of an operation; ``start`` fixes what is made up, ``wrong`` makes calls against the description too."""
    modes = [GenerationMode.NEGATIVE] if wrong else [GenerationMode.POSITIVE]
    for mode in modes:
        made = operation.as_strategy(generation_mode=mode)

        @seed(start)
        @settings(
            max_examples=examples,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
            verbosity=Verbosity.quiet,
        )
        @given(case=made)
        def ask(case: Any) -> None:
            heard.ask(url, caller, case)

        ask()


Progress = Callable[[str], None]


def every(callers: Iterable[Caller], told: Mapping[str, Any]) -> Iterator[tuple[Caller, Any]]:
    """Yield each caller with each operation."""
    found = operations(told)
    for caller in callers:
        for operation in found:
            yield caller, operation
