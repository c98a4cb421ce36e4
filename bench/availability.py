"""Availability by intervals beside a brute-force oracle and beside the recipes that count samples.

    uv run python bench/availability.py [--quick]

Random histories with flaps, gaps, retries, slow answers, prober faults, clock jumps and maintenance: the line must agree with the
oracle at every single second. The recipes' errors are seconds outside [low, high], per cent of the time due.
"""

import argparse
import sys
import time
from fractions import Fraction
from random import Random

import _root  # noqa: F401 - puts the repository on the path
from tests.availability import oracle
from tests.availability.histories import history

from yunshu.lib.availability import Policy, Sample, Span, State, measure, percent, state_line
from yunshu.lib.availability.sample_counting import compare, gatus, kuma, prometheus

FULL, QUICK, LENGTH_S = 1500, 60, 3000
QUICK_WEEKS, WEEKS, WEEK_S = 4, 100, 7 * 86_400
MONTH = Span(0, 30 * 86_400)
SAMPLING = 6 * 60 / WEEK_S  # three outages, each known to a minute at both ends
SEED = 20_260_105


def main() -> None:
    """Compare and print; exit 1 at the first second that differs."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--seed", type=int, default=SEED)
    options = parser.parse_args()
    count = QUICK if options.quick else FULL
    ours = brute = 0.0
    errors: dict[str, list[float]] = {}
    for seed in range(options.seed, options.seed + count):
        case = history(Random(seed), LENGTH_S)
        samples = case.pop("samples")
        started = time.perf_counter()
        line = state_line(samples, **case)
        ours += time.perf_counter() - started
        started = time.perf_counter()
        expected = oracle.seconds(samples, **case)
        brute += time.perf_counter() - started
        if [s.state for s in line.stretches for _ in range(s.start, s.end)] != expected:
            sys.exit(f"seed {seed}: the line differs from the oracle")
        due = measure(line).due_s
        for answer in compare(samples, line, case["policy"], case["maintenance"]):
            if due and answer.share is not None:
                errors.setdefault(answer.recipe, []).append(float(answer.off_s) / due * 100)
    print(
        f"{count} random histories of {LENGTH_S} s from seed {options.seed}: 0 of {count * LENGTH_S:,} seconds differ from the oracle"
    )
    for recipe, off in errors.items():
        outside = sorted(abs(x) for x in off if x)
        print(
            f"{recipe}: outside [low, high] in {len(outside)} of {len(off)}, worst {outside[-1]:.2f} % of the time, median of those {outside[len(outside) // 2]:.2f} %"
        )
    known_cases()
    weeks(QUICK_WEEKS if options.quick else WEEKS, options.seed)
    month()
    print(f"ratio: {ours / brute:.4f} of the oracle's time")


def known_cases() -> None:
    """Print the domain sheet's two outages as each counts them."""
    policy = Policy(interval_s=60)
    bad, off = Span(864_000, 871_200), Span(864_000, 882_000)
    retried = [Sample(t, "a", ok=True) for t in range(0, MONTH.end, 60) if not bad.start <= t < bad.end]
    retried += [Sample(t, "a", ok=False) for t in range(bad.start, bad.end, 20)]
    silent = [Sample(t, "a", ok=True) for t in range(0, MONTH.end, 60) if not off.start <= t < off.end]
    for name, samples in (("2 h outage, retried every 20 s", retried), ("5 h without a monitor", silent)):
        found = measure(state_line(samples, policy=policy, period=MONTH))
        counted = {r.__name__: r(samples, MONTH) for r in (kuma, gatus, prometheus)}
        said = ", ".join(f"{recipe} {percent(share)}" for recipe, share in counted.items() if share is not None)
        print(f"{name}: ours [{percent(found.low or Fraction(0))}, {percent(found.high or Fraction(0))}] %, {said} %")


def weeks(count: int, seed: int) -> None:
    """Print how far each is from the truth of random weeks: outages, retries while down, hours without a monitor."""
    policy, within, off = Policy(interval_s=60), 0, dict.fromkeys(("low", "high", "kuma", "gatus", "prometheus"), 0.0)
    for n in range(count):
        chance = Random(seed + n)
        outages = [Span(s, s + chance.randrange(60, 14_400)) for s in chance.sample(range(3600, WEEK_S - 20_000), 3)]
        asleep = [Span(s, s + chance.randrange(3600, 36_000)) for s in chance.sample(range(3600, WEEK_S - 40_000), 2)]
        asleep.append(Span(outages[0].start - 600, outages[0].end + 600))  # the same power loss takes the monitor
        down = set().union(*(range(o.start, o.end) for o in outages))
        at, samples = 0, []
        while at < WEEK_S:
            if not any(a.start <= at < a.end for a in asleep):
                samples.append(Sample(at, "a", at not in down))
            at += 20 if at in down else 60
        true = 1 - len(down) / WEEK_S
        period = Span(0, WEEK_S)
        found = measure(state_line(samples, policy=policy, period=period))
        low, high = float(found.low or 0), float(found.high or 0)
        within += low - SAMPLING <= true <= high + SAMPLING
        off["low"] += abs(low - true)
        off["high"] += abs(high - true)
        for recipe in (kuma, gatus, prometheus):
            off[recipe.__name__] += abs(float(recipe(samples, period) or 0) - true)
    mean = ", ".join(f"{name} {100 * total / count:.3f}" for name, total in off.items())
    print(f"{count} random weeks whose truth is known: it lies in ours in {within}; mean distance from it, %: {mean}")


def month() -> None:
    """Time one target's month at 30 s."""
    chance = Random(1)
    samples = [Sample(t, "a", chance.random() > 0.001, 12.0) for t in range(0, MONTH.end, 30)]
    started = time.perf_counter()
    line = state_line(samples, policy=Policy(interval_s=30), period=MONTH)
    taken = time.perf_counter() - started
    print(
        f"a month of {len(samples):,} samples: {taken * 1000:.0f} ms, {line.seconds(State.DOWN):,} s down in {len(line.stretches)} stretches"
    )


if __name__ == "__main__":
    main()
