"""Finding what could be watched: real addresses, a real exporter's answer, and the import behind it."""

import http.server
import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from tests.factories.directory import OrgFactory, signed_in_client, staff_person

from yunshu.domains.directory.models import Org
from yunshu.domains.operations import checks
from yunshu.domains.operations.contracts import TARGET_EDIT, TARGET_VIEW
from yunshu.domains.operations.models import Target
from yunshu.lib.probe import Scrape, Tcp
from yunshu.lib.probe.sweep import TooWide, addresses

pytestmark = pytest.mark.django_db
AT = "/console/operations/targets/discover/"


@pytest.fixture(autouse=True)
def _store(settings: Any, tmp_path: Path) -> None:
    settings.SAMPLES_FOLDER = tmp_path


@pytest.fixture
def org() -> Org:
    return OrgFactory()


@pytest.fixture
def keeper(org: Org) -> Client:
    return signed_in_client(staff_person([TARGET_VIEW, TARGET_EDIT], org=org))


@pytest.fixture
def port() -> Iterator[int]:
    with socket.create_server(("127.0.0.2", 0), backlog=16) as server:
        yield server.getsockname()[1]


@pytest.fixture
def prometheus() -> Iterator[str]:
    """What Prometheus answers at ``/api/v1/targets`` (its documented form)."""
    labels = {"job": "node", "instance": "10.0.0.9:9100"}
    words = {
        "status": "success",
        "data": {"activeTargets": [{"labels": labels, "scrapeUrl": "http://10.0.0.9:9100/metrics"}]},
    }

    class Answering(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path.startswith("/api/v1/targets") else 404)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(words).encode())

        def log_message(self, *_args: Any) -> None:
            return

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_what_answers_is_offered_checked_and_imported(keeper: Client, org: Org, port: int) -> None:
    page = keeper.post(AT, {"networks": "127.0.0.2/32", "ports": f"{port} 9", "org": org.code})
    (row,) = [r for r in page.context["rows"] if r.address.startswith("tcp")]
    assert row.address == f"tcp://127.0.0.2:{port}"
    pick = page.context["rows"].index(row)

    shown = keeper.post(AT, {"found": page.context["found"], "pick": pick, "org": org.code})
    keeper.post("/console/operations/targets/import/", {"confirm": shown.context["sealed"]})

    made = Target.objects.get()
    assert checks.opened(made.check_form) == Tcp("127.0.0.2", port)
    again = keeper.post(AT, {"networks": "127.0.0.2/32", "ports": str(port), "org": org.code})
    assert made.name in {r.known for r in again.context["rows"]}


def test_what_a_prometheus_scrapes_joins(keeper: Client, org: Org, prometheus: str) -> None:
    page = keeper.post(AT, {"prometheus": prometheus, "org": org.code})
    shown = keeper.post(AT, {"found": page.context["found"], "pick": 0, "org": org.code})
    keeper.post("/console/operations/targets/import/", {"confirm": shown.context["sealed"]})
    made = Target.objects.get()
    assert made.name == "node 10.0.0.9:9100"
    assert checks.opened(made.check_form) == Scrape("http://10.0.0.9:9100/metrics")


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ({"networks": "10.0.0.0/8"}, "networks"),
        ({"networks": "10.0.0.300"}, "networks"),
        ({"networks": "10.0.0.1", "ports": "70000"}, "ports"),
        ({"prometheus": "http://127.0.0.1:9"}, "prometheus"),
        ({}, "networks"),
    ],
)
def test_what_cannot_be_asked_is_said_at_its_field(keeper: Client, org: Org, words: dict[str, str], field: str) -> None:
    answer = keeper.post(AT, {"org": org.code} | words)
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]


def test_a_forged_or_empty_choice_is_refused_and_a_reader_may_not_look(keeper: Client, org: Org) -> None:
    assert keeper.post(AT, {"found": "forged", "pick": "0", "org": org.code}).status_code == 422
    reader = signed_in_client(staff_person([TARGET_VIEW], org=org))
    assert reader.get(AT).status_code == 403


def test_a_network_is_its_hosts_and_not_too_many() -> None:
    assert addresses(["10.0.0.0/30", "10.0.0.9"]) == ["10.0.0.1", "10.0.0.2", "10.0.0.9"]
    with pytest.raises(TooWide):
        addresses(["10.0.0.0/24", "10.0.1.0/24"])
