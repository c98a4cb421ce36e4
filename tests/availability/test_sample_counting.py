"""What other products would have said, with the figures of the domain sheet."""

from fractions import Fraction

from yunshu.lib.availability import Maintenance, Policy, Sample, Span, State, measure, percent, state_line
from yunshu.lib.availability.sample_counting import Reason, compare, gatus, kuma, prometheus

MONTH = Span(0, 30 * 86_400)
MINUTE = Policy(interval_s=60)


def test_retries_at_twenty_seconds_make_two_hours_look_like_six() -> None:
    bad = Span(10 * 86_400, 10 * 86_400 + 7200)
    samples = [Sample(t, "a", True) for t in range(0, MONTH.end, 60) if not bad.start <= t < bad.end]
    samples += [Sample(t, "a", False) for t in range(bad.start, bad.end, 20)]
    counted = prometheus(samples, MONTH)
    line = state_line(samples, policy=MINUTE, period=MONTH)
    assert counted is not None
    assert percent(counted) == "99.1712"
    assert measure(line).down_s == 30 + 7200 - 10  # to the midpoints before and after
    answers = {a.recipe: a for a in compare(samples, line, MINUTE)}
    assert Reason.UNEQUAL_INTERVALS in answers["prometheus"].reasons
    assert answers["prometheus"].off_s < -14_000


def test_five_hours_without_a_monitor_vanish() -> None:
    off = Span(5 * 86_400, 5 * 86_400 + 5 * 3600)
    samples = [Sample(t, "a", True) for t in range(0, MONTH.end, 60) if not off.start <= t < off.end]
    line = state_line(samples, policy=MINUTE, period=MONTH)
    for recipe in (kuma, gatus, prometheus):
        assert recipe(samples, MONTH) == 1
    assert measure(line).low == Fraction(MONTH.end - 5 * 3600, MONTH.end)
    assert all(Reason.GAPS_VANISH in a.reasons for a in compare(samples, line, MINUTE))


def test_kuma_leaves_maintenance_out_and_believes_its_last_beat() -> None:
    window = Maintenance(600, 1200, None)
    samples = [Sample(t, "a", not 600 <= t < 1200) for t in range(0, 1800, 60)]
    assert kuma(samples, Span(0, 1800), [window]) == 1
    assert kuma(samples, Span(3600, 7200)) == 1
    assert prometheus(samples, Span(3600, 7200)) is None


def test_gatus_takes_whole_hours() -> None:
    samples = [Sample(t, "a", t >= 1800) for t in range(0, 7200, 60)]
    assert gatus(samples, Span(1800, 7200)) == Fraction(90, 120)
    assert state_line(samples, policy=MINUTE, period=Span(1800, 7200)).seconds(State.DOWN) == 0
