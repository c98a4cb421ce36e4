"""Made-up calls against every operation of the JSON API of a running instance, as whoever signs in: what the walk and the long run share.

The numbers of real records are read from the lists first and mixed into the made-up ones, so that calls get past "not found".
"""

import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
ANYBODYS = {"notices"}
"""What needs no right: one's own inbox."""
ISSUE = """
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "yunshu.config.settings"
import django
django.setup()
from datetime import timedelta
from yunshu.domains.directory.models import ApiKey, Org
from yunshu.domains.directory.services.access import digest
from yunshu.lib.kernel import clock
ApiKey.objects.filter(prefix="ys_0a1b2c3d").delete()
ApiKey.objects.create(
    org=Org.objects.order_by("path").first(), name="walk", prefix="ys_0a1b2c3d", digest=digest("walking"), created_by="walk",
    permissions=["directory.org.view", "hotline.demand.file"], expires_at=clock.now() + timedelta(hours=2),
)
print("ys_0a1b2c3d.walking")
"""
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


def real_of(operation: Any, real: Mapping[str, list[Any]]) -> list[Any]:
    """Return the real numbers that an operation's address may name."""
    inner = operation.path.removeprefix("/api/v1")
    return [number for prefix, numbers in real.items() if inner.startswith(prefix) for number in numbers]


def operations(told: Mapping[str, Any]) -> list[Any]:
    """Return every operation of a description."""
    return [found.ok() for found in schemathesis.openapi.from_dict(dict(told)).get_all_operations()]


@dataclass
class Heard:
    """What a walk found: faults in words, and which writing operations each caller was allowed."""

    faults: dict[str, str] = field(default_factory=dict)
    wrote: dict[str, set[str]] = field(default_factory=dict)
    statuses: dict[str, Counter[int]] = field(default_factory=dict)
    calls: int = 0

    def ask(self, url: str, caller: Caller, case: Any) -> None:
        """Send one made-up call; keep the first fault of each kind."""
        self.calls += 1
        where = f"{case.method} {case.operation.path}"
        case.headers, case.cookies = {}, {}  # it makes up who calls; who calls is ours to say
        headers = dict(caller.headers)
        answer = case.call(base_url=url, session=caller.session, headers=headers, timeout=60, allow_redirects=False)
        self.statuses.setdefault(caller.name, Counter())[answer.status_code] += 1
        if answer.status_code < 300 and case.method != "GET":
            self.wrote.setdefault(caller.name, set()).add(where)
        try:
            case.validate_response(answer, checks=CHECKS)
        except schemathesis.core.failures.FailureGroup as group:
            for one in group.exceptions:
                self.faults.setdefault(f"{where}: {one.title} {answer.status_code}", f"{caller.name}: {one}"[:1500])


def walk(
    url: str,
    caller: Caller,
    operation: Any,
    heard: Heard,
    *,
    examples: int,
    start: int = 1,
    wrong: bool = False,
    real: Sequence[Any] = (),
) -> None:
    """Make calls of an operation, half of them about ``real`` records; ``start`` fixes them, ``wrong`` makes them break the description."""
    mode = GenerationMode.NEGATIVE if wrong else GenerationMode.POSITIVE

    @seed(start)
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        verbosity=Verbosity.quiet,
    )
    @given(
        case=operation.as_strategy(generation_mode=mode), number=st.sampled_from([*real, *[None] * max(len(real), 1)])
    )
    def ask(case: Any, number: Any) -> None:
        for name in ("number", "notice_id"):
            if number is not None and name in (case.path_parameters or {}):
                case.path_parameters[name] = number
        heard.ask(url, caller, case)

    # an operation without parameters cannot be called wrongly
    with suppress(Unsatisfiable) if wrong else nullcontext():
        ask()


def unrightful(heard: Heard, callers: Iterable[Caller]) -> list[tuple[str, str]]:
    """Return who wrote something in a domain in which they hold no right at all."""
    held = {caller.name: {code.partition(".")[0] for code in caller.permissions} for caller in callers}
    return [
        (name, where)
        for name, wheres in heard.wrote.items()
        for where in wheres
        if (domain := where.partition("/api/v1/")[2].partition("/")[0]) not in ANYBODYS
        and domain not in held.get(name, set())
    ]


def key_of(data: Path) -> str:
    """Issue an API key of the whole city for the hotline's channels, as the instance in ``data`` would; return its text."""
    environment = {k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "NATS_URL"}} | {
        "YUNSHU_DATA": str(data)
    }
    ran = subprocess.run(
        [sys.executable, "-c", ISSUE], env=environment, capture_output=True, text=True, check=True, timeout=120
    )
    return ran.stdout.split()[-1]
