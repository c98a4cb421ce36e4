"""The whole JSON API of a running instance as each of its people, a program and a stranger: no fault of ours, answers as described, no write without the right.

Few calls here, the same in every run; ``bench/doors.py`` makes many against an instance that runs.
"""

import pytest
import requests
from tests.doors import api_walk
from tests.doors.api_walk import Caller, Heard
from tests.e2e.conftest import Instance

from yunshu.config.api import api

pytestmark = pytest.mark.e2e
DEEP = ("rexian", "chengguan", "yunweizg", "shuju", "xiangmu")
"""People who between them may do most of what the API offers."""
EXAMPLES = 2


@pytest.fixture(scope="module")
def callers(instance: Instance) -> list[Caller]:
    return [api_walk.signed_in(instance.url, who, word) for who, word in instance.passwords.items()]


@pytest.mark.timeout(900)
def test_no_caller_meets_a_fault_and_nobody_writes_without_the_right(instance: Instance, callers: list[Caller]) -> None:
    heard, real = Heard(), api_walk.numbers(instance.url, callers)
    program = api_walk.program(instance.url, api_walk.key_of(instance.data))
    found = api_walk.operations(api.get_openapi_schema())
    for caller in [*(c for c in callers if c.name in DEEP), program]:
        for operation in found:
            known = api_walk.real_of(operation, real)
            api_walk.walk(instance.url, caller, operation, heard, examples=EXAMPLES, real=known)
            api_walk.walk(instance.url, caller, operation, heard, examples=1, wrong=True)
    for caller in callers:
        for operation in found:
            if operation.method.upper() != "GET":
                known = api_walk.real_of(operation, real)
                api_walk.walk(instance.url, caller, operation, heard, examples=1, start=2, real=known)
    assert heard.faults == {}
    assert api_walk.unrightful(heard, [*callers, program]) == []
    assert heard.wrote, "nothing was written at all: the walk gets nowhere"


def test_a_stranger_is_told_to_prove_who_he_is(instance: Instance) -> None:
    stranger, heard = Caller("stranger", requests.Session()), Heard()
    for operation in api_walk.operations(api.get_openapi_schema()):
        api_walk.walk(instance.url, stranger, operation, heard, examples=1)
    assert heard.faults == {}
    assert heard.wrote == {}
    assert set(heard.statuses["stranger"]) <= {400, 401, 403, 404, 422}
    assert heard.statuses["stranger"][401] > 30
