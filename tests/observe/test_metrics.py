"""``/metrics``: for machines that may, with every declared name, bounded however strangers ask; the same numbers as the page."""

import os
import subprocess
import sys
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from tests.outbox.effects import EffectMade
from yunshu.lib.kernel import clock
from yunshu.lib.observe import figures, meters
from yunshu.lib.observe.figures import SOURCE_UP, Figure, Reading
from yunshu.lib.outbox import publish
from yunshu.lib.outbox.models import DeadLetter

TOKEN = {"Authorization": "Bearer t"}


def samples(text: str) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """Return each line as Prometheus reads it."""
    families = text_string_to_metric_families(text)
    return {(s.name, tuple(sorted(s.labels.items()))): s.value for family in families for s in family.samples}


@pytest.fixture(autouse=True)
def _token(settings: Any, tmp_path: Any) -> None:
    settings.METRICS_TOKEN, settings.NATS_URL = "t", ""
    settings.WATCHED_FOLDERS = {"data": tmp_path}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("headers", "address", "status"),
    [
        (TOKEN, "203.0.113.9", 200),
        ({}, "10.1.2.3", 200),
        ({}, "203.0.113.9", 404),
        ({"Authorization": "Bearer wrong"}, "203.0.113.9", 404),
        ({"X-Forwarded-For": "10.1.2.3"}, "203.0.113.9", 404),
    ],
)
def test_only_the_token_or_the_monitoring_host_reads(
    client: Client, settings: Any, headers: dict[str, str], address: str, status: int
) -> None:
    settings.METRICS_FROM = ["10.1.0.0/16"]
    assert client.get("/metrics", headers=headers, REMOTE_ADDR=address).status_code == status


@pytest.mark.django_db
def test_without_a_token_and_addresses_nobody_reads(client: Client, settings: Any) -> None:
    settings.METRICS_TOKEN, settings.METRICS_FROM = "", []
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404


@pytest.mark.django_db
def test_what_waits_and_what_failed_is_counted(client: Client) -> None:
    publish(EffectMade(n=1), clock.now() - timedelta(seconds=90))
    DeadLetter.objects.create(
        handler="tests.x",
        event_id=1,
        subject="s",
        payload={},
        failed_at=clock.now(),
        given_up_at=clock.now(),
        error="e",
    )
    found = samples(client.get("/metrics", headers=TOKEN).content.decode())
    assert found["yunshu_outbox_pending_facts", ()] == 1
    assert found["yunshu_outbox_oldest_fact_age_seconds", ()] >= 90
    assert found["yunshu_outbox_dead_facts", (("handler", "tests.x"),)] == 1
    assert found["yunshu_bus_up", ()] == 0
    assert found["yunshu_source_up", (("source", "outbox"),)] == 1
    assert found["yunshu_database_size_bytes", ()] > 0
    assert found["yunshu_disk_free_bytes", (("folder", "data"),)] > 0


@pytest.mark.django_db
def test_strangers_cannot_make_it_grow(client: Client) -> None:
    def count() -> int:
        return sum(name.startswith("yunshu_http") for name, _labels in samples(meters.exposition()))

    client.get("/no-such-page/first"), client.generic("BREW", "/no-such-page/first")
    before = count()
    for number in range(50):
        client.generic(f"BREW{number}", f"/no-such-page/{number}?q={number}")
        client.get(f"/heartbeat/secret-{number}"), client.get(f"/heartbeat/secret-{number}")
    assert count() <= before + 12
    assert "secret-" not in meters.exposition()


def test_a_figure_has_at_most_so_many_lines() -> None:
    figure = Figure(name="yunshu_test_total_things", text="x", labels=("of",))
    text = figures.exposition(Reading(figure, n, (str(n),)) for n in range(figures.MOST_SERIES + 100))
    assert len(samples(text)) == figures.MOST_SERIES


@pytest.mark.django_db
def test_a_source_that_cannot_be_read_keeps_no_other_from_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_now: Any) -> Any:
        raise ConnectionRefusedError("away")

    source = figures.Registered("outbox", (), broken)
    monkeypatch.setitem(figures._SOURCES, "outbox", source)
    up = {r.of: r.value for r in figures.read_all(clock.now()) if r.figure is SOURCE_UP}
    assert up["outbox",] == 0
    assert up["database",] == 1


def test_names_follow_the_conventions() -> None:
    names = {each.name: each for source in figures.sources() for each in source.figures}
    units = {"s": ("_seconds",), "B": ("_bytes",), "%": ("_ratio",)}
    strays = [n for n, f in names.items() if f.unit in units and not n.endswith(units[f.unit])]
    assert strays == []
    assert all(name.startswith("yunshu_") and name.islower() for name in names)


def test_processes_count_together(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    code = (
        "import django; django.setup()\n"
        "from yunshu.lib.observe import meters\n"
        "meters.count_request('a/', 'GET', 200, 0.2)\n"
    )
    environment = os.environ | {meters.FOLDER: str(tmp_path), "DJANGO_SETTINGS_MODULE": "yunshu.config.settings"}
    for _ in range(2):
        subprocess.run([sys.executable, "-c", code], env=environment, check=True)
    monkeypatch.setenv(meters.FOLDER, str(tmp_path))
    monkeypatch.setattr(meters.values, "ValueClass", meters.values.ValueClass)
    found = samples(meters.exposition())
    assert found["yunshu_http_requests_total", (("method", "GET"), ("route", "a/"), ("status", "200"))] == 2
    assert found["yunshu_http_request_duration_seconds_count", (("route", "a/"),)] == 2
