"""Two clients from PyPI, unmodified, against the product itself: its middleware, its database, its keys."""

import threading
from collections.abc import Iterator
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from civicbot.http import HttpError, HttpTransport, RateLimiter
from civicbot.open311 import Open311Client, ValidationError
from civicbot.registry import Endpoint
from django.core.handlers.wsgi import WSGIHandler
from tests.hotline.open_world import OpenHotline

from georeport import GeoReport
from yunshu.domains.hotline.models import OpenRequest, Ticket
from yunshu.lib.kernel import clock

PLACE = {"lat": 23.55, "lng": 116.37}
CITY = "445200"


class Quiet(WSGIRequestHandler):
    """Writes no log."""

    def log_message(self, *_what: object) -> None:
        return


@pytest.fixture
def hotline(committed_db: object) -> OpenHotline:
    return OpenHotline(now=clock.now())


@pytest.fixture
def address(hotline: OpenHotline, settings) -> Iterator[str]:
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    with make_server("127.0.0.1", 0, WSGIHandler(), handler_class=Quiet) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/open311/v2"
        server.shutdown()
        thread.join()


@pytest.fixture
def bot(address: str) -> Open311Client:
    endpoint = Endpoint(id="city", name="City", base_url=address, write=True)
    return Open311Client(endpoint, HttpTransport(rate_limiter=RateLimiter(min_interval=0)), jurisdiction_id=CITY)


def file(bot: Open311Client, key: str, code: str = "0301", **more: object) -> dict[str, str]:
    sent = bot.create_request(code, dry_run=False, confirm="SEND", api_key=key, validate_remote=True, **PLACE, **more)
    return sent.response[0]


def accept(hotline: OpenHotline, number: str) -> None:
    hotline.move(Ticket.objects.get(number=number), "accept", hotline.agent)


@pytest.mark.parametrize("how", ["json", "xml"])
def test_georeport_reads_the_hotline(hotline: OpenHotline, bot: Open311Client, address: str, how: str) -> None:
    number = file(bot, hotline.key, description="路灯不亮", attributes={"danger": "否"})["service_request_id"]
    client = GeoReport(address, jurisdiction=CITY, output_format=how)
    assert [row["service_code"] for row in client.get_service_list()] == ["0301", "0401"]
    assert client.get_service_definition("0301")["service_code"] == "0301"
    told = client.get_service_requests(service_code="0301", status="open,closed")
    told = told if isinstance(told, list) else [told]
    assert [row["service_request_id"] for row in told] == [number]
    assert client.get_service_request(number)["status"] == "open"


def test_civicbot_files_and_follows(hotline: OpenHotline, bot: Open311Client) -> None:
    number = file(bot, hotline.key, description="榕华大道路灯不亮", attributes={"danger": "是"})["service_request_id"]
    accept(hotline, number)
    assert "榕华大道路灯不亮" in bot.get_request(number)["description"]
    assert len(bot.list_requests(service_code="0301", page_size=5)) == 1


def test_civicbot_follows_a_token(hotline: OpenHotline, bot: Open311Client) -> None:
    token = file(bot, hotline.key, "0401", description="夜间施工")["token"]
    number = OpenRequest.objects.get(token=token).ticket.number
    accept(hotline, number)
    assert bot.get_token(token)[0]["service_request_id"] == number


def test_civicbot_is_told_what_is_missing_and_of_a_wrong_key(hotline: OpenHotline, bot: Open311Client) -> None:
    with pytest.raises(ValidationError, match="danger"):
        file(bot, hotline.key)
    with pytest.raises(HttpError) as refusal:
        bot.create_request("0401", dry_run=False, confirm="SEND", api_key="wrong", **PLACE)
    assert refusal.value.status == 403
