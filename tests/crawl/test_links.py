"""Links of the zoo are judged as they are: precision and recall of what counts as dead at least 99 %."""

import asyncio
import ssl
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.crawl import zoo
from tests.crawl.place import fetcher, served
from tests.crawl.zoo import Case, Zoo
from tests.probe.peers import certificate

from yunshu.lib.crawl import urls
from yunshu.lib.crawl.fetch import Fetcher, Limits
from yunshu.lib.crawl.linklook import LinkLooker
from yunshu.lib.crawl.verdicts import Judgement, Look, Rhythm, Sign, Verdict, judge

NOW = datetime(2026, 8, 1, tzinfo=UTC)
RHYTHM = Rhythm()
STEP = RHYTHM.step
WIDE = asyncio.Semaphore(24)


def looks(*signs: Sign, step: timedelta = STEP) -> list[Look]:
    return [Look(NOW + step * number, sign) for number, sign in enumerate(signs)]


# ---------------------------------------------------------------- the rule

G, D, S4, B, F, Q, T, L = (
    Sign.GOOD,
    Sign.GONE,
    Sign.SOFT404,
    Sign.BLOCKED,
    Sign.FAILING,
    Sign.SILENT,
    Sign.TLS,
    Sign.SLOW,
)


@pytest.mark.parametrize(
    ("signs", "verdict"),
    [
        ([G], Verdict.OK),
        ([D, G], Verdict.OK),
        ([F, B, Q, G], Verdict.OK),
        ([D], None),
        ([D, D], Verdict.DEAD),
        ([S4, S4], Verdict.SOFT404),
        ([D, S4], Verdict.SOFT404),
        ([T, T], Verdict.TLS_ERROR),
        ([L, L], Verdict.SLOW),
        ([B, B, B], None),
        ([B, B, B, B], Verdict.BLOCKED),
        ([F, B, F, F], Verdict.BLOCKED),
        ([F, F, F], None),
        ([F, F, F, F], Verdict.DEAD),
        ([Q, Q, Q, Q], Verdict.DEAD),
        ([B, D, D], Verdict.DEAD),
        ([L, F, L, F], Verdict.SLOW),
    ],
)
def test_a_verdict_needs_looks_that_agree(signs: list[Sign], verdict: Verdict | None) -> None:
    judgement = judge(looks(*signs), RHYTHM)
    assert judgement.verdict is verdict
    assert (judgement.look_at is None) is (verdict is not None)


def test_looks_that_follow_too_soon_count_as_one() -> None:
    soon = looks(*[D] * 5, step=STEP / 8)
    assert judge(soon, RHYTHM) == Judgement(None, NOW + STEP)


@given(signs=st.lists(st.sampled_from(Sign), min_size=1, max_size=8))
def test_nothing_counts_that_was_not_seen_bad_twice_a_step_apart(signs: list[Sign]) -> None:
    judgement = judge(looks(*signs), RHYTHM)
    bad = [sign for sign in signs if sign not in (G, B)]
    assert not judgement.counts or len(bad) >= 2
    assert not (judgement.counts and signs[-1] is G)
    assert judgement.verdict is not None or len(signs) <= RHYTHM.retries


@given(signs=st.lists(st.sampled_from([B, F, Q]), min_size=4, max_size=4).filter(lambda signs: B in signs))
def test_what_refused_once_is_never_dead_for_failing_otherwise(signs: list[Sign]) -> None:
    assert judge(looks(*signs), RHYTHM).verdict is Verdict.BLOCKED


# ---------------------------------------------------------------- the zoo


async def judged(cases: Sequence[Case], animals: Zoo, fetching: Fetcher) -> list[Verdict | None]:
    """Look at every link until it is settled, a step apart each time."""
    looker = LinkLooker(fetching, slow_s=zoo.SLOW_S)
    seen: list[list[Look]] = [[] for _ in cases]

    async def one(place: int, at: datetime) -> None:
        async with WIDE:
            seen[place].append(await looker.look(urls.canonical(cases[place].url) or "", at))

    for animals.round in range(RHYTHM.retries + 1):
        open_ones = [place for place, known in enumerate(seen) if judge(known, RHYTHM).verdict is None]
        await asyncio.gather(*(one(place, NOW + STEP * animals.round) for place in open_ones))
    return [judge(known, RHYTHM).verdict for known in seen]


async def visited(folder: Path) -> tuple[list[Case], list[Verdict | None]]:
    async def nowhere(name: str) -> list[str]:
        raise OSError("no such name")

    cases, animals = zoo.cases(), Zoo()
    animals.take(cases)
    trusted = ssl.create_default_context()
    folders = [folder / name for name in ("good", "expired", "self")]
    for one in folders:
        one.mkdir()
    contexts = [certificate(one, days=days) for one, days in zip(folders, (9, -1, 9), strict=True)]
    for one in folders[:2]:
        trusted.load_verify_locations(one / "server.pem")
    async with (
        served(animals.answer) as plain,
        served(animals.answer, ssl_context=contexts[0]) as good,
        served(animals.answer, ssl_context=contexts[1]) as expired,
        served(animals.answer, ssl_context=contexts[2]) as own,
    ):
        placed = {host: plain for host in zoo.HOSTS}
        placed |= {"localhost": good, "wrong.example": good, "expired.example": expired, "self.example": own}
        placed["refused.example"] = ("127.0.0.1", 9)
        limits = Limits(total_s=4, connect_s=3)
        async with fetcher(placed, limits=limits, lookup=nowhere, tls=trusted) as fetching:
            return cases, await judged(cases, animals, fetching)


@pytest.mark.slow
def test_the_zoo_is_judged_with_99_per_cent_precision_and_recall(tmp_path: Path) -> None:
    cases, verdicts = asyncio.run(visited(tmp_path))
    dead = [case.truth in (Verdict.DEAD, Verdict.SOFT404) for case in cases]
    found = [verdict in (Verdict.DEAD, Verdict.SOFT404) for verdict in verdicts]
    right = sum(one and other for one, other in zip(dead, found, strict=True))
    wrong = Counter(
        (case.family, case.truth, verdict)
        for case, verdict in zip(cases, verdicts, strict=True)
        if case.truth is not verdict
    )
    assert len(cases) >= 200
    assert len({case.url for case in cases}) == len(cases)
    assert right / sum(found) >= 0.99, wrong
    assert right / sum(dead) >= 0.99, wrong
    assert sum(wrong.values()) <= len(cases) * 0.01, wrong
