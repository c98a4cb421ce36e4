"""Made-up calls against every operation of the hotline's JSON and of GeoReport, as each role: refusals in words, never a fault of ours."""

import json
from typing import Any

import jsonschema_rs
import pytest
import schemathesis
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.factories.directory import signed_in_client
from tests.hotline.georeport_shape import ANSWERS, GEOREPORT
from tests.hotline.open_world import OpenHotline, key_of

from yunshu.config.api import api
from yunshu.domains.directory.models import Person
from yunshu.domains.hotline import contracts, public_urls
from yunshu.lib.kernel import clock
from yunshu.lib.ui.throttle import Throttle

EXAMPLES = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
OURS = {**api.get_openapi_schema(), "paths": {}}
OURS["paths"] = {path: item for path, item in api.get_openapi_schema()["paths"].items() if "/hotline/" in path}
SCHEMA = schemathesis.openapi.from_dict(OURS)
OPEN = schemathesis.openapi.from_dict(GEOREPORT)


def operations(schema: Any) -> list[Any]:
    return [found.ok() for found in schema.get_all_operations()]


def send(client: Client, case: Any, headers: dict[str, str]) -> Any:
    """Send a case as a browser would."""
    sent = case.as_transport_kwargs(base_url="http://testserver")
    path = sent["url"].removeprefix("http://testserver")
    named = {str(name): str(value) for name, value in (sent.get("headers") or {}).items()}
    named = {name: value for name, value in named.items() if value.isprintable()} | headers
    query = [(name, value) for name, value in (sent.get("params") or {}).items()]
    if isinstance(sent.get("json"), dict | list):
        return client.generic(
            case.method, path, json.dumps(sent["json"]), "application/json", headers=named, query_params=dict(query)
        )
    data = (
        {name: value for name, value in (sent.get("data") or {}).items()} if isinstance(sent.get("data"), dict) else {}
    )
    if case.method == "GET":
        return client.get(path, dict(query), headers=named)
    return client.post(path, data, headers=named, query_params=dict(query))


@pytest.fixture
def hotline(db: None) -> OpenHotline:
    return OpenHotline(now=clock.now())


ROLES = ("stranger", "department", "channel", "desk", "handler")


def caller(hotline: OpenHotline, role: str) -> tuple[Client, dict[str, str]]:
    keys = {
        "department": lambda: key_of(hotline.urban, contracts.TICKET_HANDLE, contracts.TICKET_VIEW),
        "channel": lambda: hotline.key,
        "desk": lambda: key_of(hotline.bureau, contracts.TICKET_DISPATCH, contracts.TICKET_REGISTER),
    }
    if role in keys:
        return Client(), {"Authorization": f"Bearer {keys[role]()}"}
    return (
        (signed_in_client(Person.objects.get(pk=hotline.handler.person_id)), {})
        if role == "handler"
        else (Client(), {})
    )


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("operation", operations(SCHEMA), ids=lambda one: f"{one.method} {one.path}")
def test_no_role_meets_a_fault_of_ours(hotline: OpenHotline, operation: Any, role: str) -> None:
    client, headers = caller(hotline, role)
    row = hotline.dispatch(hotline.registered())

    @EXAMPLES
    @given(case=operation.as_strategy(), is_real=st.booleans())
    def ask(*, case: Any, is_real: bool) -> None:
        if is_real and "number" in case.path_parameters:
            case.path_parameters["number"] = row.number
        response = send(client, case, headers)
        assert response.status_code < 500
        assert role != "stranger" or response.status_code in (400, 401, 403, 404, 405)

    ask()


@pytest.mark.parametrize("operation", operations(OPEN), ids=lambda one: f"{one.method} {one.path}")
def test_georeport_answers_whatever_it_is_asked(
    hotline: OpenHotline, operation: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(public_urls, "ASKED", Throttle("test", 100_000, 60))
    hotline.registered(category="0301")

    @EXAMPLES
    @given(case=operation.as_strategy())
    def ask(case: Any) -> None:
        response = send(Client(), case, {})
        assert response.status_code in (200, 400, 403, 404), response.content
        how = str(case.path_parameters["response_format"])
        assert (
            response.headers["Content-Type"].partition(";")[0] == {"xml": "text/xml", "json": "application/json"}[how]
        )
        in_shape(operation, response)

    ask()


def in_shape(operation: Any, response: Any) -> None:
    """Insist that an answer in JSON has the members and values of the published Swagger."""
    name = f"{operation.method.upper()} {operation.path.partition('/v2/')[2].removesuffix('.{response_format}')}"
    shape = ANSWERS.get(name) if response["Content-Type"].startswith("application/json") else None
    found = response.json() if shape and response.status_code == 200 else []
    for each in found if isinstance(found, list) else [found]:
        jsonschema_rs.validate(shape, each)
