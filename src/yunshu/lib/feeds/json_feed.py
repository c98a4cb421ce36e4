"""JSON Feed 1.1 (jsonfeed.org/version/1.1): items with ``content_html`` or ``content_text``, times by RFC 3339."""

import html
import json
from dataclasses import replace
from datetime import UTC, tzinfo
from typing import Any

from yunshu.lib.feeds.entries import BadFeed, Entry, instant, written

VERSION = "https://jsonfeed.org/version/"


def read(data: bytes, zone: tzinfo = UTC) -> list[Entry]:
    """Return the items of a JSON feed in its order. Raises BadFeed."""
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise BadFeed(f"no JSON: {error}") from error
    if not isinstance(found, dict) or not str(found.get("version", "")).startswith(VERSION):
        raise BadFeed("a JSON feed names its version")
    items = found.get("items")
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise BadFeed("a JSON feed has items")
    return [_item(item, f"item {number}", zone) for number, item in enumerate(items, 1)]


def _item(item: dict[str, Any], where: str, zone: tzinfo) -> Entry:
    url = _text(item, "url") or _text(item, "external_url")
    name = _text(item, "id") or url
    if not name:
        raise BadFeed(f"{where}: no id or url")
    plain = html.escape(_text(item, "content_text") or _text(item, "summary"))
    body = _text(item, "content_html") or "".join(f"<p>{line}</p>" for line in plain.splitlines())
    at = instant(_text(item, "date_published") or _text(item, "date_modified"), zone, where)
    made = written(name, at, title=html.escape(_text(item, "title")), body=body, url=url)
    image = _text(item, "image")
    return replace(made, images=tuple(dict.fromkeys((*([image] if image else []), *made.images))))


def _text(item: dict[str, Any], name: str) -> str:
    value = item.get(name)
    return str(value).replace("\x00", "").strip() if isinstance(value, str | int | float) else ""
