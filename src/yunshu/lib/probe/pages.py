"""Looks over HTTP: a page's status, size and content; a Prometheus exporter's figures."""

import time
from collections.abc import Iterator

import aiohttp
from prometheus_client.parser import text_string_to_metric_families

from yunshu.lib.probe.kit import Kit
from yunshu.lib.probe.outcome import Outcome, TooLarge, judged
from yunshu.lib.probe.targets import Http, Scrape

CHUNK = 65_536
AGENT = "Yunshu-probe"
OK = range(200, 300)


async def http(check: Http, kit: Kit) -> Outcome:
    """Ask for a page; the latency is up to its last byte."""
    started = time.perf_counter()
    headers = {"User-Agent": AGENT, **dict(check.headers)}
    session = kit.session(verify=check.verify_tls)
    asked = session.request(check.method, check.url, headers=headers, allow_redirects=check.follow_redirects)
    async with asked as answer:
        body = await _body(answer, check.max_bytes)
        charset = answer.charset or "utf-8"
    taken = (time.perf_counter() - started) * 1000
    wanted = check.statuses or OK
    if answer.status not in wanted:
        return Outcome(ok=False, latency_ms=taken, error=f"status_{answer.status}")
    if check.contains and check.contains not in _text(body, charset):
        return Outcome(ok=False, latency_ms=taken, error="content")
    return Outcome(ok=True, latency_ms=taken)


async def scrape(check: Scrape, kit: Kit) -> Outcome:
    """Read an exporter's text; a line that is no text of the format makes the whole a failure (``exposition``)."""
    started = time.perf_counter()
    async with kit.session(verify=True).get(check.url, headers={"User-Agent": AGENT}) as answer:
        body = await _body(answer, check.max_bytes)
    taken = (time.perf_counter() - started) * 1000
    if answer.status not in OK:
        return Outcome(ok=False, latency_ms=taken, error=f"status_{answer.status}")
    try:
        found = list(samples(body.decode()))
    except (ValueError, KeyError, IndexError):
        return Outcome(ok=False, latency_ms=taken, error="exposition")
    wanted = dict(check.labels)
    values: dict[str, float | None] = {name: value for name, _, value in found if name in check.values}
    if not check.metric:
        return Outcome(ok=True, latency_ms=taken, values=values)
    chosen = [v for name, labels, v in found if name == check.metric and wanted.items() <= labels.items()]
    values[check.metric] = chosen[0] if chosen else None
    return judged(values, {check.metric: check.bound}, taken)


def samples(text: str) -> Iterator[tuple[str, dict[str, str], float]]:
    """Yield name, labels and value of each sample of a text in Prometheus' format. Raises ValueError and kin."""
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            yield sample.name, dict(sample.labels), float(sample.value)


async def _body(answer: aiohttp.ClientResponse, most: int) -> bytes:
    body = bytearray()
    async for chunk in answer.content.iter_chunked(CHUNK):
        body += chunk
        if len(body) > most:
            raise TooLarge(f"more than {most} bytes")
    return bytes(body)


def _text(body: bytes, charset: str) -> str:
    try:
        return body.decode(charset, "replace")
    except LookupError:
        return body.decode("utf-8", "replace")
