"""Two clients from PyPI, unmodified, against a served desk: ``georeport`` reads, ``civicbot`` also files requests."""

import pytest
from civicbot.http import HttpError, HttpTransport, RateLimiter
from civicbot.open311 import Open311Client, ValidationError
from civicbot.registry import Endpoint
from tests.georeport.desk import LAMP, ROAD

from georeport import GeoReport

PLACE = {"lat": 23.55, "lng": 116.37}


@pytest.fixture
def bot(address) -> Open311Client:
    endpoint = Endpoint(id="jieyang", name="Jieyang", base_url=address, write=True)
    transport = HttpTransport(rate_limiter=RateLimiter(min_interval=0))
    return Open311Client(endpoint, transport, jurisdiction_id="jieyang.gd.cn")


def file(bot, code, **more):
    sent = bot.create_request(
        code, dry_run=False, confirm="SEND", api_key="right", validate_remote=True, **PLACE, **more
    )
    return sent.response[0]


@pytest.mark.parametrize("how", ["json", "xml"])
def test_georeport_reads_everything(bot, address, how):
    numbers = [file(bot, ROAD.code, attributes={"danger": "no"})["service_request_id"] for _ in range(2)]
    client = GeoReport(address, jurisdiction="jieyang.gd.cn", output_format=how)
    assert [row["service_code"] for row in client.get_service_list()] == [ROAD.code, LAMP.code]
    assert client.get_service_definition(ROAD.code)["service_code"] == ROAD.code
    told = client.get_service_requests(service_code=ROAD.code, status="open,closed")
    assert [row["service_request_id"] for row in told] == numbers
    assert client.get_service_request(numbers[1])["service_request_id"] == numbers[1]


def test_civicbot_files_a_request_and_follows_it(bot):
    number = file(bot, ROAD.code, description="路中央有坑", attributes={"danger": "yes", "lanes": ["1", "2"]})
    assert bot.get_request(number["service_request_id"])["description"] == "路中央有坑"
    assert len(bot.list_requests(service_code=ROAD.code, page_size=5)) == 1


def test_civicbot_follows_a_token(bot):
    token = file(bot, LAMP.code)["token"]
    assert bot.get_token(token)[0]["service_request_id"] == "RX001"


def test_civicbot_sees_from_the_definition_what_is_missing(bot):
    with pytest.raises(ValidationError, match="danger"):
        file(bot, ROAD.code)


def test_civicbot_is_told_of_a_wrong_key(bot):
    with pytest.raises(HttpError) as refusal:
        bot.create_request(LAMP.code, dry_run=False, confirm="SEND", api_key="wrong", **PLACE)
    assert refusal.value.status == 403
