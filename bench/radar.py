"""Mass incidents: bursts planted into real messages, found while all come in; and a ranking by silver labels.

    uv run python bench/radar.py [--quick]

Planted: generated incidents (3 to 12 reports each, a made-up place, several tellers) among the 4,326 real messages in the order
of their time. An incident is found if an alert has mostly its reports; delay is how many of its reports came before the alert's
last one, beyond the third. An alert of real messages only is no planted one: it may be true, so precision is given over the alerts
that hold a planted report, and the others are counted and shown. Silver: real messages that name both words of a pair written
down here (a place and a matter); ranking each one's fellows by likeness gives MAP. Silver labels favour words: they say so.
Thresholds were chosen on the seed ``TUNED``; what is printed is another seed. Without real input the made-up tickets of the
tests are the background.
"""

import argparse
import time
from datetime import datetime, timedelta
from statistics import mean, median

import _root  # noqa: F401 - puts the repository on the path
from _hotline import SEED, absent, moment, rows
from tests.radar.made import Planted, bursts
from tests.triage.made import made_tickets

from yunshu.lib.radar import Alert, Likeness, Radar, Sighting
from yunshu.lib.triage import Gazetteer

TUNED = SEED
INCIDENTS = 60
SILVER = (
    ("丽发新城", "搅拌"),
    ("伊景园", "车位"),
    ("魅力之城", "油烟"),
    ("绿地海外滩", "高铁"),
    ("58车贷", ""),
    ("人才", "购房补贴"),
    ("凉塘路", ""),
    ("泉星公园", ""),
)  # fmt: skip


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--seed", type=int, default=SEED + 1)
    options = parser.parse_args()
    real = background(quick=options.quick)
    planted(real, options.seed, 12 if options.quick else INCIDENTS)
    if not options.quick and not absent("messages-unlabelled.csv.gz"):
        silver(real)


def background(*, quick: bool) -> list[Sighting]:
    """Return the real messages in their order, or made-up ones where they are absent."""
    if absent("messages-unlabelled.csv.gz"):
        made = made_tickets(400, SEED)
        start = datetime(2020, 1, 1)  # noqa: DTZ001 - the real ones name no zone either
        return [
            Sighting(number=str(at), at=start + timedelta(hours=at), title=r.title, body=r.body)
            for at, (r, _) in enumerate(made)
        ]
    table = rows("messages-unlabelled.csv.gz")[: 500 if quick else None]
    made = [Sighting(number=r["id"], at=moment(r["time"]), title=r["title"], body=r["body"]) for r in table]
    return sorted(made, key=lambda sighting: (sighting.at, sighting.number))


def planted(real: list[Sighting], seed: int, count: int) -> None:
    """Plant, follow, count."""
    first = real[len(real) // 10].at
    incidents = bursts(count, seed, first=first, days=max(5, (real[-1].at - first).days - 5))
    of = {sighting.number: at for at, incident in enumerate(incidents) for sighting in incident.sightings}
    stream = sorted([*real, *(s for i in incidents for s in i.sightings)], key=lambda s: (s.at, s.number))
    radar, alerts = Radar(Gazetteer()), []
    started = time.perf_counter()
    for sighting in stream:
        alert = radar.see(sighting)
        if alert:
            alerts.append(alert)
    took = 1_000 * (time.perf_counter() - started) / len(stream)
    print(
        f"{len(incidents)} incidents ({len(of)} reports, seed {seed}) among {len(real)} messages: {took:.1f} ms a report"
    )
    report(alerts, incidents, of)
    grouped(radar, incidents, of)


def report(alerts: list[Alert], incidents: list[Planted], of: dict[str, int]) -> None:
    """Print recall, precision and delay of the alerts."""
    found: dict[int, int] = {}
    touching = [alert for alert in alerts if any(member in of for member in alert.members)]
    true = 0
    for alert in touching:
        inside = [of[member] for member in alert.members if member in of]
        best = max(set(inside), key=inside.count)
        if inside.count(best) * 2 > len(alert.members):
            true += 1
            came = [s.number for s in incidents[best].sightings].index(
                max((m for m in alert.members if of.get(m) == best), key=lambda m: int(m.rsplit("-", 1)[1]))
            )
            found.setdefault(best, max(0, came - 2))
    delays = list(found.values()) or [0]
    print(
        f"  recall {len(found) / len(incidents):.3f}; precision of alerts with planted reports {true / max(1, len(touching)):.3f}"
    )
    print(
        f"  delay: median {median(delays):.0f}, mean {mean(delays):.2f}, worst {max(delays)} reports beyond the third"
    )
    print(f"  alerts of real messages only: {len(alerts) - len(touching)} (unlabelled: they may be true)")


def grouped(radar: Radar, incidents: list[Planted], of: dict[str, int]) -> None:
    """Print how pure and how whole the groups are, and a few of the real ones."""
    groups = radar.incidents()
    pure, whole = [], []
    for at, incident in enumerate(incidents):
        best = max(groups, key=lambda group: sum(of.get(member) == at for member in group.members))
        inside = sum(of.get(member) == at for member in best.members)
        pure.append(inside / len(best.members))
        whole.append(inside / len(incident.sightings))
    print(f"  groups: purity {mean(pure):.3f}, completeness {mean(whole):.3f}")
    for group in [g for g in groups if not any(member in of for member in g.members)][:5]:
        print(
            f"  real: {len(group.members)} reports, {group.confidence:.2f}, {[place for place, _ in group.places.most_common(2)]}"
        )


def silver(real: list[Sighting]) -> None:
    """MAP of ranking the fellows of each silver-labelled message among all."""
    topics = [
        {s.number for s in real if place in s.title + s.body and matter in s.title + s.body} for place, matter in SILVER
    ]
    likeness = Likeness(Gazetteer())
    for sighting in real:
        likeness.add(sighting)
    by_number = {sighting.number: sighting for sighting in real}
    scores = []
    for (place, matter), topic in zip(SILVER, topics, strict=True):
        own = [
            average_precision(likeness, by_number[number], topic - {number})
            for number in sorted(topic)
            if len(topic) > 2
        ]
        scores += own
        print(f"  silver {place}+{matter or '-'}: {len(topic)} messages, MAP {mean(own) if own else float('nan'):.3f}")
    print(
        f"  silver MAP over {len(scores)} queries: {mean(scores):.3f} (labels by two words each: favours lexical likeness)"
    )


def average_precision(likeness: Likeness, asked: Sighting, fellows: set[str]) -> float:
    """Return the average precision of one ranking; fellows that are not ranked count as never found."""
    hits, total = 0, 0.0
    for rank, match in enumerate(likeness.like(asked, limit=200), 1):
        if match.number in fellows:
            hits += 1
            total += hits / rank
    return total / len(fellows)


if __name__ == "__main__":
    main()
