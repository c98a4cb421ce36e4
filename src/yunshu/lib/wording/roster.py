"""Persons in office, as a table of data: name, title, order, from when to when. Start at ``Roster.scan``.

Three rules [I], after inspection.md part C (leader name-title-order table with valid dates) [V]: a name stands with a
title it did not have that day; a name beside its title is miswritten; names in a row are out of order. The table is the
city's own; none ships.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from yunshu.lib.wording import folding, sounds
from yunshu.lib.wording.entries import Category, Entry, Hit, How, Kind
from yunshu.lib.wording.loading import UNREADABLE, Fault, RowFault, rows_of

_COLUMNS = {
    "name": ("name", "姓名"),
    "title": ("title", "职务"),
    "order": ("order", "排序"),
    "valid_from": ("valid_from", "生效日期", "任职日期"),
    "valid_to": ("valid_to", "失效日期", "免职日期"),
    "source": ("source", "来源"),
}
_FORMER = re.compile("(?:原|前|时任|曾任)$")
_BETWEEN = re.compile("[、，, ]{1,2}")
_WRONG_TITLE, _MISWRITTEN, _OUT_OF_ORDER = 0.8, 0.85, 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One person in one office from ``valid_from`` on and before ``valid_to``; ``order`` counts from 1, 0: none."""

    name: str
    title: str
    order: int = 0
    valid_from: date | None = None
    valid_to: date | None = None
    source: str = ""

    def held(self, on: date) -> bool:
        """Return whether the office was theirs that day."""
        return (self.valid_from is None or self.valid_from <= on) and (self.valid_to is None or on < self.valid_to)


class Roster:
    """The table, ready to look for its names and titles."""

    def __init__(self, posts: Sequence[Post]) -> None:
        self.posts = tuple(posts)
        self._names = {post.name for post in posts}
        titles = sorted({post.title for post in posts}, key=len, reverse=True)
        self._title = re.compile("|".join(map(re.escape, titles))) if titles else None
        names = sorted(self._names, key=len, reverse=True)
        self._name = re.compile("|".join(map(re.escape, names))) if names else None

    def scan(self, text: str, *, on: date) -> list[Hit]:
        """Return what contradicts the table on the day the text was published."""
        if self._title is None or self._name is None:
            return []
        hits = [hit for match in self._title.finditer(text) for hit in self._beside(text, match, on)]
        return sorted([*hits, *self._order(text, on)], key=lambda hit: hit.start)

    def _beside(self, text: str, title: re.Match[str], on: date) -> Iterator[Hit]:
        """Look at the name after a title; a former office may be anybody's."""
        if _FORMER.search(text[max(0, title.start() - 2) : title.start()]):
            return
        holders = [post for post in self.posts if post.title == title[0] and post.held(on)]
        name = self._name.match(text, title.end()) if self._name else None
        if name is not None:
            if not any(post.name == name[0] for post in holders):
                right = "、".join(post.title for post in self.posts if post.name == name[0] and post.held(on))
                yield self._hit(text, title.start(), name.end(), right and right + name[0], _WRONG_TITLE)
            return
        for post in holders:
            end = title.end() + len(post.name)
            if _alike(text[title.end() : end], post.name):
                yield self._hit(text, title.end(), end, post.name, _MISWRITTEN)

    def _order(self, text: str, on: date) -> Iterator[Hit]:
        ranks = {post.name: post.order for post in self.posts if post.order and post.held(on)}
        before: re.Match[str] | None = None
        for match in self._name.finditer(text) if self._name else ():
            if match[0] not in ranks:
                continue
            side_by_side = before is not None and _BETWEEN.fullmatch(text, before.end(), match.start())
            if before is not None and side_by_side and ranks[match[0]] < ranks[before[0]]:
                yield self._hit(text, before.start(), match.end(), f"{match[0]}、{before[0]}", _OUT_OF_ORDER)
            before = match

    def _hit(self, text: str, start: int, end: int, right: str, confidence: float) -> Hit:
        entry = Entry(
            wrong=text[start:end], right=right, kind=Kind.SERIOUS, category=Category.LEADERS, source="任职名单"
        )
        return Hit(start, end, text[start:end], entry, How.RULE, confidence)


def read_roster(data: bytes) -> tuple[tuple[Post, ...], tuple[RowFault, ...]]:
    """Read the table from CSV or XLSX; return the posts and the rows that are wrong. ``name`` and ``title`` are needed."""
    posts, faults = [], []
    try:
        rows = rows_of(data, _COLUMNS)
        _, heads = next(rows)
        missing = [column for column in ("name", "title") if column not in heads]
        if missing:
            return (), tuple(RowFault(1, column, Fault.COLUMN_MISSING) for column in missing)
        for number, values in rows:
            try:
                posts.append(_post(values))
            except ValueError as error:
                faults.append(RowFault(number, "", Fault.VALUE_UNKNOWN, str(error)))
    except UNREADABLE as error:
        return (), (RowFault(0, "", Fault.UNREADABLE, type(error).__name__),)
    return tuple(posts), tuple(faults)


def _post(values: Mapping[str, str]) -> Post:
    if len(values["name"]) < 2 or len(values["title"]) < 2:
        raise ValueError(values["name"] or values["title"])
    return Post(
        name=values["name"],
        title=values["title"],
        order=int(values.get("order") or 0),
        valid_from=_day(values.get("valid_from", "")),
        valid_to=_day(values.get("valid_to", "")),
        source=values.get("source", ""),
    )


def _day(value: str) -> date | None:
    return date.fromisoformat(value) if value else None


def _alike(found: str, name: str) -> bool:
    """Return whether ``found`` is ``name`` with one character that looks or sounds the same."""
    if len(found) != len(name) or found == name:
        return False
    if sum(a != b for a, b in zip(found, name, strict=True)) > 1:
        return False
    return folding.look(found) == folding.look(name) or bool({*sounds.spoken(found)} & {*sounds.spoken(name)})
