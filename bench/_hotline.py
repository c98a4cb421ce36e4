"""The real hotline input for benches, from YUNSHU_SHARED and never copied; ``absent()`` prints why a bench is not run."""

import csv
import gzip
import io
import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from yunshu.config import env
from yunshu.lib.text import squeezed

SEED = 2020
_GREETED = re.compile(r"(?:答复|回复|汇报|情况|函复|说明)如下[：:，,。]?|(?:答复|回复)[：:]")
_HELLO = re.compile(r"^.{0,40}?(?:您好|你好)[！!，,。：:]*")
_THANKS = re.compile(r"^.{0,60}?(?:收悉|感谢您.{0,30}?(?:支持|关心|理解)[^。]{0,20})[。！，,]")


def folder() -> Path:
    """Return the folder of the real input."""
    return env.path("YUNSHU_SHARED") / "input" / "hotline"


def absent(*names: str) -> bool:
    """Print that the bench is not run, and return True, if one of the files is missing."""
    missing = [name for name in names if not (folder() / name).exists()]
    if missing:
        print(f"not run: real input is absent ({', '.join(missing)} in {folder()})")
    return bool(missing)


def rows(name: str) -> list[dict[str, str]]:
    """Return the rows of a CSV file, unpacked if need be."""
    data = (folder() / name).read_bytes()
    text = (gzip.decompress(data) if name.endswith(".gz") else data).decode("utf-8-sig")
    csv.field_size_limit(1_000_000)
    return list(csv.DictReader(io.StringIO(text)))


def matters() -> Iterator[dict[str, Any]]:
    """Yield the real service matters."""
    with gzip.open(folder() / "service-matters.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def moment(said: str) -> datetime:
    """Return the time of a message, as the files write it (2019/5/28 11:16:59)."""
    return datetime.strptime(said.split(".")[0].replace("-", "/"), "%Y/%m/%d %H:%M:%S")  # noqa: DTZ007 - the files name no zone


def answer(reply: str) -> str:
    """Return a reply without address, greeting and thanks: what is left answers."""
    text = squeezed(reply)
    opening = _GREETED.search(text[:400])
    text = text[opening.end() :] if opening else text
    return _THANKS.sub("", _HELLO.sub("", text))


@dataclass(frozen=True)
class Pair:
    """A message's title and its official reply."""

    number: str
    title: str
    reply: str


def reply_pairs() -> list[Pair]:
    """Return the pairs whose reply says something, in a fixed random order."""
    pairs = [Pair(row["id"], squeezed(row["title"]), answer(row["reply"])) for row in rows("replies-labelled.csv.gz")]
    kept = sorted((pair for pair in pairs if len(pair.reply) >= 20), key=lambda pair: int(pair.number))
    random.Random(SEED).shuffle(kept)
    return kept
