"""Random histories: flaps, gaps, slow answers, retries, prober faults, clocks that jump, maintenance."""

from random import Random

from yunshu.lib.availability import Boundary, Maintenance, Policy, Sample, Span


def history(chance: Random, length_s: int) -> dict[str, object]:
    """Return the arguments of ``state_line`` and ``samples`` for one random history that starts at second 1000."""
    policy = Policy(
        interval_s=chance.choice([10, 15, 30]),
        confirm=chance.choice([1, 1, 2]),
        boundary=chance.choice(list(Boundary)),
        degraded_above_ms=chance.choice([None, 80.0]),
    )
    period = Span(1000, 1000 + length_s)
    names = [f"v{n}" for n in range(chance.choice([1, 1, 2, 3]))]
    samples = [
        s
        for name in names[: chance.choice([len(names), max(1, len(names) - 1)])]
        for s in _taken(chance, name, policy, period)
    ]
    return {
        "samples": samples,
        "policy": policy,
        "period": period,
        "vantages": names,
        "maintenance": [_window(chance, period) for _ in range(chance.choice([0, 1, 2]))],
        "out_of_service": [_span(chance, period) for _ in range(chance.choice([0, 0, 1]))],
    }


def _taken(chance: Random, name: str, policy: Policy, period: Span) -> list[Sample]:
    at, mono, boot, ok = period.start - chance.randrange(100), chance.randrange(10**6), 0, True
    out: list[Sample] = []
    while at < period.end + 60:
        ok = ok if chance.random() < 0.9 else not ok
        out.append(
            Sample(
                at,
                name,
                ok,
                chance.choice([20.0, 60.0, 120.0]),
                "" if ok else "timeout",
                chance.random() > 0.04,
                float(mono),
                boot,
            )
        )
        step = policy.interval_s + chance.choice([0, 0, 0, 1, -1])
        step = chance.choice([step, step, step, step, step, 5, policy.interval_s * 5 // 2, chance.randrange(1, 400)])
        mono, boot = (mono + step, boot) if chance.random() > 0.01 else (0, boot + 1)
        at += step + (chance.choice([-300, -40, -1, 2, 3, 35, 200]) if chance.random() < 0.02 else 0)
    chance.shuffle(out)
    return out


def _span(chance: Random, period: Span) -> Span:
    start = chance.randrange(period.start - 50, period.end)
    return Span(start, start + chance.randrange(1, 500))


def _window(chance: Random, period: Span) -> Maintenance:
    span = _span(chance, period)
    approved = chance.choice([None, span.start - 1, span.start, span.start + 5, 0])
    finished = chance.choice([None, span.end, span.end + 70, max(span.start - 5, span.end - 30)])
    return Maintenance(span.start, span.end, approved, finished)
