"""The reply gate beside human labels: is a reply complete, does it explain?

    uv run python bench/replies.py [--quick]

Needs YUNSHU_SHARED. 100 of the 2,816 real replies have human labels (complete, explained). Nothing is learned from them: the AUC says how
often a good reply scores above a bad one, the gate's figures what a reviewer would be shown. Copies: replies that repeat an
earlier one are planted (each of 100 replies given to another message) and looked for among all. ``--quick``: fewer.
"""

import argparse
import time

from _hotline import absent, rows

from yunshu.lib.triage import Check, Earlier, examine


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    quick = parser.parse_args().quick
    if absent("replies-labelled.csv.gz"):
        return
    table = rows("replies-labelled.csv.gz")
    labelled = [row for row in table if row["complete"]]
    started = time.perf_counter()
    seen = [examine(f"{row['title']}。{row['body']}", row["reply"]) for row in labelled]
    print(f"{len(labelled)} labelled replies, {1_000 * (time.perf_counter() - started) / len(labelled):.1f} ms a reply")
    for label in ("complete", "explained"):
        good = [row[label].startswith("1") for row in labelled]
        worth = auc([e.score for e in seen], good)
        stopped = [not e.ready for e in seen]
        bad = [not g for g in good]
        hit = sum(s and b for s, b in zip(stopped, bad, strict=True))
        print(
            f"  {label}: {sum(good)} good, AUC of the score {worth:.3f}; the gate stops {sum(stopped)}:"
            f" {hit} of {sum(bad)} bad ones (recall {hit / sum(bad):.2f}, precision {hit / max(1, sum(stopped)):.2f})"
        )
        for check in Check:
            passed = [e.finding(check).passed for e in seen]
            print(f"    {check}: passed by {share(passed, good):.2f} of the good, {share(passed, bad):.2f} of the bad")
    copies(table, 20 if quick else 100)


def copies(table: list[dict[str, str]], count: int) -> None:
    """Give each of some replies to another message and look for the copy among the others."""
    replies = [row for row in table if not row["complete"] and len(row["reply"]) > 200][: 2 * count]
    earlier = [Earlier(row["id"], row["reply"]) for row in replies[:count]]
    found = sum(
        not examine(other["title"], one["reply"], earlier=earlier).finding(Check.OWN).passed
        for one, other in zip(replies[:count], replies[count:], strict=True)
    )
    false = sum(
        not examine(row["title"], row["reply"], earlier=earlier).finding(Check.OWN).passed for row in replies[count:]
    )
    print(f"  copies: {found} of {count} planted found; {false} of {count} real replies said to be copies")


def auc(scores: list[float], good: list[bool]) -> float:
    """Return how often a good one scores above a bad one; equals count half."""
    above = [s for s, g in zip(scores, good, strict=True) if g]
    below = [s for s, g in zip(scores, good, strict=True) if not g]
    return sum((a > b) + 0.5 * (a == b) for a in above for b in below) / (len(above) * len(below))


def share(passed: list[bool], of: list[bool]) -> float:
    """Return which share of ``of`` passed."""
    return sum(p for p, o in zip(passed, of, strict=True) if o) / max(1, sum(of))


if __name__ == "__main__":
    main()
