"""Made-up tickets of five years for benches, written by COPY: states and ages follow from the services' own limits.

Nobody in them is real. The shares (of kinds, channels, objections, lateness) are assumptions, named here; the limits are the table's.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from random import Random
from typing import Any

SEED, YEARS, ARCHIVED_AFTER = 2026, 5, timedelta(days=30)
KINDS = (("consult", 45), ("help", 28), ("complain", 20), ("suggest", 3), ("report", 3), ("praise", 1))
CHANNELS = (
    ("phone", 70),
    ("web", 8),
    ("wechat", 8),
    ("scan", 5),
    ("app", 5),
    ("province", 2),
    ("letter", 1),
    ("email", 1),
)
DAYS = {"consult": 2, "help": 10, "suggest": 10, "complain": 15, "report": 15, "praise": 5}
DIRECT = {"consult": 0.8, "praise": 0.7}
"""Share answered at once by the desk."""
LATE, OBJECTED, EXTENDED, REWORKED, CALLED = 0.04, 0.03, 0.04, 0.03, 0.85
DIVISIONS = ("445202", "445203", "445222", "445224", "445281")
MATTERS = (
    "路灯不亮", "噪声扰民", "井盖缺失", "占道经营", "拖欠工资", "医保报销", "公积金提取", "垃圾未清运", "道路破损", "自来水停水",
    "违章搭建", "油烟污染", "车位纠纷", "物业收费", "公交班次", "学位申请", "燃气泄漏", "消费退款", "网络诈骗", "树木倒伏",
)  # fmt: skip
PLACES = (
    "榕华大道",
    "进贤门大道",
    "黄岐山大道",
    "临江北路",
    "望江北路",
    "新兴路",
    "建阳路",
    "东环路",
    "流沙大道",
    "河婆街",
)
STEP_COLUMNS = "ticket_id, seq, verb, state, effect, at, actor, org, words, data, record"


def weighted(pairs: tuple[tuple[str, int], ...]) -> list[str]:
    """Return each word as often as its weight."""
    return [word for word, weight in pairs for _n in range(weight)]


@dataclass(kw_only=True)
class Made:
    """One made-up ticket: the row, and when it took which step (verb, state, at)."""

    pk: int
    kind: str
    channel: str
    division: str
    matter: str
    place: str
    received_at: datetime
    due_at: datetime
    state: str = "received"
    unit: int | None = None
    at: dict[str, datetime] = field(default_factory=dict)
    steps: list[tuple[str, str, datetime]] = field(default_factory=list)
    reworks: int = 0
    has_objection: bool = False
    has_extension: bool = False

    @property
    def number(self) -> str:
        """Its number."""
        return f"RX{self.received_at:%Y%m%d}-{self.pk:07}"

    @property
    def sign_due_at(self) -> datetime | None:
        """When it was to be signed: four hours after dispatch, round the clock."""
        sent = self.at.get("dispatched")
        return sent + timedelta(hours=4) if sent else None

    @property
    def title(self) -> str:
        """Its title."""
        return f"{self.place}{self.pk % 300}号{self.matter}"


class Years:
    """Tickets of five years up to ``now``, the oldest first; ``units`` handle them, the first ones most."""

    def __init__(self, count: int, units: list[int], categories: list[int], calendar: Any, now: datetime) -> None:
        self.count, self.units, self.categories, self.calendar, self.now = count, units, categories, calendar, now
        self.chance = Random(SEED)
        self.kinds, self.channels = weighted(KINDS), weighted(CHANNELS)
        self._due = lru_cache(4096)(self._due_on)

    def _due_on(self, day: date, hour: int, days: int) -> datetime:
        start = datetime.combine(day, time(hour), UTC)
        return self.calendar.add_working_days(start, days)

    def __iter__(self) -> Iterator[Made]:
        span = timedelta(days=365 * YEARS) / self.count
        for n in range(self.count):
            received = self.now - span * (self.count - n)
            yield self._lived(n + 1, received)

    def _lived(self, pk: int, received: datetime) -> Made:
        draw = self.chance
        kind = draw.choice(self.kinds)
        made = Made(
            pk=pk,
            kind=kind,
            channel=draw.choice(self.channels),
            division=DIVISIONS[int(draw.random() ** 1.4 * 5)],
            matter=draw.choice(MATTERS),
            place=draw.choice(PLACES),
            received_at=received,
            due_at=self._due(received.date(), received.hour, DAYS[kind]),
        )
        self._go(made, "register", "received", received)
        self._go(made, "accept", "registered", received + timedelta(minutes=draw.randint(1, 20)))
        if draw.random() < DIRECT.get(kind, 0):
            self._go(made, "answer", "closed", received + timedelta(minutes=draw.randint(20, 60)))
        else:
            self._handled(made)
        if made.state == "closed" and self.now - made.at["closed"] > ARCHIVED_AFTER:
            self._go(made, "archive", "archived", made.at["closed"] + ARCHIVED_AFTER)
        return made

    def _handled(self, made: Made) -> None:
        draw, at = self.chance, made.received_at + timedelta(hours=self.chance.uniform(0.5, 6))
        unit = self.units[int(draw.random() ** 2 * len(self.units))]
        if self._go(made, "dispatch", "dispatched", at):
            made.unit = unit
        if draw.random() < OBJECTED:
            at += timedelta(hours=draw.uniform(1, 6))
            made.has_objection = self._go(made, "object", "objected", at)
            at += timedelta(hours=draw.uniform(1, 8))
            self._go(made, "redispatch", "dispatched", at)
        at += timedelta(hours=draw.uniform(0.2, 6))
        self._go(made, "sign", "handling", at)
        if draw.random() < EXTENDED:
            at += timedelta(hours=draw.uniform(5, 20))
            self._go(made, "ask_extension", "extending", at)
            made.has_extension = self._go(made, "grant_extension", "handling", at + timedelta(hours=2))
            at += timedelta(hours=2)
        late = draw.random() < LATE
        whole = (made.due_at - at).total_seconds()
        at += timedelta(seconds=max(3600.0, whole * (1 + draw.random()) if late else whole * draw.uniform(0.1, 0.98)))
        self._go(made, "reply", "replied", at)
        at += timedelta(hours=draw.uniform(1, 20))
        self._go(made, "pass", "callback", at)
        if draw.random() < REWORKED:
            at += timedelta(hours=draw.uniform(2, 30))
            made.reworks = int(self._go(made, "rework", "handling", at))
            self._go(made, "reply", "replied", at + timedelta(days=3))
            self._go(made, "pass", "callback", at + timedelta(days=4))
            at += timedelta(days=4)
        self._go(made, "confirm", "closed", at + timedelta(hours=draw.uniform(2, 40)))

    def _go(self, made: Made, verb: str, state: str, at: datetime) -> bool:
        """Take a step, if its time has come; nothing happens after one that has not."""
        if at > self.now or (made.steps and made.steps[-1][2] > at) or made.at.get("end"):
            made.at["end"] = made.at.get("end", at)
            return False
        made.steps.append((verb, state, at))
        made.state, made.at[state], made.at[verb] = state, at, at
        return True


def fill(url: str, desk: int, tickets: Years) -> int:
    """Write the tickets with their steps, clocks, dispatches, replies, call-backs, cases and open tasks; return how many."""
    import psycopg

    made = list(tickets)
    with psycopg.connect(url) as db:
        db.execute("SET session_replication_role = replica")  # history triggers are not what is measured
        for table, columns, rows in tables(desk, tickets, made):
            with db.cursor().copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        for table, _columns, _rows in tables(desk, tickets, []):
            db.execute(
                "SELECT setval(pg_get_serial_sequence(%s, 'id'), (SELECT coalesce(max(id), 1) FROM " + table + "))",
                [table],
            ) if table not in WITHOUT_ID else None
        db.commit()
        db.autocommit = True
        db.execute("VACUUM ANALYZE")
    return len(made)


WITHOUT_ID = frozenset({"hotline_contact"})


def tables(desk: int, tickets: Years, made: list[Made]) -> Iterator[tuple[str, str, Iterator[tuple[Any, ...]]]]:
    """Yield each table, its columns and its rows."""
    from yunshu.domains.hotline.rules import words

    def ticket(row: Made) -> tuple[Any, ...]:
        found = " ".join(f"'{gram}'" for gram in words.grams(f"{row.number} {row.title} 请尽快处理{row.matter}的问题"))
        at, late = row.at, row.state in ("closed", "archived")
        return (
            row.pk, row.number, row.kind, tickets.categories[row.pk % len(tickets.categories)], row.title,
            f"{row.title}，请尽快处理{row.matter}的问题。", "urgent" if row.pk % 40 == 0 else "normal", row.channel, "",
            row.kind == "report", row.division, "", f"{row.place}{row.pk % 300}号", desk, row.unit, "", row.state,
            row.steps[-1][2], row.due_at, row.received_at, at.get("accept"), at.get("dispatched"), at.get("sign"), at.get("reply"),
            at.get("closed"), row.due_at, row.due_at, row.sign_due_at, 1, row.reworks, "已办理。" if late else "", "", "系统", found,
        )  # fmt: skip

    yield (
        "hotline_ticket",
        "id, number, kind, category_id, title, content, urgency, channel, source_number, is_confidential, division, street,"
        " address, desk_id, unit_id, relation, state, state_since, state_due_at, received_at, accepted_at, dispatched_at,"
        " signed_at, replied_at, closed_at, due_at, first_due_at, sign_due_at, calendar_version, reworks, answer, lookup, registered_by, search",
        map(ticket, made),
    )
    yield (
        "hotline_contact",
        "ticket_id, name, phone, email",
        ((r.pk, "陈某", f"164{r.pk % 200_000:08}", "") for r in made),
    )
    yield (
        "hotline_ticketstep",
        STEP_COLUMNS,
        (
            (row.pk, n, verb, state, "", at, "经办人", "承办单位", "情况属实。", "{}", "")
            for row in made
            for n, (verb, state, at) in enumerate(row.steps, 1)
        ),
    )
    yield from _handling(made)
    yield from _flow(desk, made)


def _handling(made: list[Made]) -> Iterator[tuple[str, str, Iterator[tuple[Any, ...]]]]:
    yield (
        "hotline_ticketclock",
        'ticket_id, "limit", amount, unit, more, starts_at, ends_at, due_at',
        (
            (
                r.pk,
                f"handle-{r.kind}",
                DAYS[r.kind],
                "working_days",
                0,
                r.received_at,
                r.at.get("pass") or r.at.get("closed"),
                r.due_at,
            )
            for r in made
        ),
    )
    yield (
        "hotline_assignment",
        "ticket_id, unit_id, role, words, by, at",
        (
            (r.pk, r.unit, "main", "", "派单员", at)
            for r in made
            for verb, _s, at in r.steps
            if verb in ("dispatch", "redispatch")
        ),
    )
    yield (
        "hotline_reply",
        "ticket_id, version, words, measures, unit_id, written_by, written_at, passed, reviewed_by, reviewed_at, review",
        (
            (r.pk, n, "已办理。", "", r.unit, "承办人", at, True, "审核人", at + timedelta(hours=3), "")
            for r in made
            for n, at in enumerate((at for verb, _s, at in r.steps if verb == "reply"), 1)
        ),
    )
    yield (
        "hotline_callback",
        "ticket_id, at, by, reached, solved, result_score, process_score, adjudication, words, rework",
        (
            (
                r.pk,
                at - timedelta(minutes=5),
                "回访员",
                "yes",
                verb == "confirm",
                5 - r.pk % 3 if verb == "confirm" else 1,
                4,
                "",
                "",
                0,
            )
            for r in made
            for verb, _s, at in r.steps
            if verb == "rework" or (verb == "confirm" and r.pk % 100 < CALLED * 100)
        ),
    )
    asked = "ticket_id, words, asked_by, unit_id, asked_at, state, answered_by, answered_at, answer"
    yield (
        "hotline_extension", f"{asked}, amount",
        ((r.pk, "需要现场勘查。", "承办人", r.unit, r.at["ask_extension"], "granted", "派单员", r.at["grant_extension"], "", 2)
         for r in made if r.has_extension),
    )  # fmt: skip
    yield (
        "hotline_objection", f"{asked}, reason_id, basis",
        ((r.pk, "不属于本单位职责。", "承办人", r.unit, r.at["object"], "granted", "派单员", r.at["redispatch"], "", 1, "三定规定")
         for r in made if r.has_objection and "redispatch" in r.at),
    )  # fmt: skip


def _flow(desk: int, made: list[Made]) -> Iterator[tuple[str, str, Iterator[tuple[Any, ...]]]]:
    yield (
        "workflow_case", "id, flow, number, title, url, state, opened_at",
        ((r.pk, "hotline.ticket", r.number, r.title, "/", r.state, r.received_at) for r in made),
    )  # fmt: skip
    yield (
        "workflow_party", "case_id, role, org_id",
        (row for r in made for row in ((r.pk, "desk", desk), (r.pk, "unit", r.unit)) if row[2]),
    )  # fmt: skip
    yield (
        "workflow_task",
        "case_id, title, permission, org_id, org_path, opened_at, amber_at, due_at, paused_s, extensions, calendar_version,"
        " provisional, done_by, unit",
        (
            (
                r.pk,
                r.title,
                "hotline.ticket.handle",
                r.unit or desk,
                "/",
                r.steps[-1][2],
                0.7,
                r.due_at,
                0,
                0,
                1,
                False,
                "",
                "",
            )
            for r in made
            if r.state not in ("closed", "archived")
        ),
    )
