"""Category and department of reports: macro-F1, calibration, accuracy by coverage, auto-dispatch precision, time a ticket.

    uv run python bench/hotline_models.py [--quick]

Three sets, each named in what is printed: (1) real messages with their first-level category (needs YUNSHU_SHARED; five folds,
seed 2020), beside char TF-IDF + LinearSVC on the same folds; (2) generated tickets of a made-up duty directory: learned on
one seed, measured on another; (3) real service matters → department (needs YUNSHU_SHARED). Weight of meaning, temperature and
margin are chosen inside the training folds. Goals: macro-F1 ≥ baseline + 0.02, ≤ 50 ms a ticket, decided ≥ 0.98 right.
``--quick``: fewer rows, two folds, no sentence vectors.
"""

import argparse
import time
from collections import Counter
from collections.abc import Sequence

import _root  # noqa: F401 - puts the repository on the path
from _hotline import SEED, absent, matters, rows
from tests.triage.made import duties, made_tickets

from yunshu.lib.text import Encoder, Remembering, encoder, why_not
from yunshu.lib.triage import Closed, Departments, Report, fit
from yunshu.lib.triage.evaluation import Figures, evaluate
from yunshu.lib.triage.training import PRECISION

LEARNED, ASKED = 3_000, 2_000
LEAST_MATTERS = 10


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    quick = parser.parse_args().quick
    plain = None if quick else encoder()
    print(f"sentence vectors: {plain.name if plain else 'none ' + (why_not() or '(--quick)')}; seed {SEED}")
    remembering = Remembering(plain) if plain else None
    directory(quick=quick)
    if not absent("messages-labelled.csv", "service-matters.jsonl.gz"):
        category(remembering, plain, quick=quick)
        matter_department(quick=quick)


def category(remembering: Encoder | None, plain: Encoder | None, *, quick: bool) -> None:
    """Five folds on the labelled messages, then the time of single tickets with nothing remembered."""
    table = rows("messages-labelled.csv")[:: 3 if quick else 1]
    reports = [Report(title=row["title"], body=row["body"]) for row in table]
    labels = [row["category"] for row in table]
    folds = 2 if quick else 5
    figures = evaluate(reports, labels, encoder=remembering, precision=PRECISION["category"], folds=folds)
    show(f"category, {len(labels)} real messages, {len(set(labels))} classes, {folds} folds", figures)
    model = fit(reports, labels, encoder=remembering, precision=PRECISION["category"])
    if model.meaning and plain:
        object.__setattr__(model.meaning, "encoder", plain)
    wall, cpu = timed(model.predict, reports[: 60 if not quick else 20])
    print(f"  one ticket: {wall:.1f} ms on the clock, {cpu:.1f} ms of CPU (goal 50)")


def directory(*, quick: bool) -> None:
    """Generated tickets: the made-up directory, closed tickets and words together."""
    learned = made_tickets(LEARNED // (5 if quick else 1), SEED)
    asked = made_tickets(ASKED // (5 if quick else 1), SEED + 1)
    model = fit([r for r, _ in learned], [d for _, d in learned], encoder=None, precision=PRECISION["department"])
    closed = [Closed(number=str(at), title=r.title, body=r.body, department=d) for at, (r, d) in enumerate(learned)]
    suggest = Departments(duties(), closed, model)
    said = [(suggest.predict(report), department) for report, department in asked]
    top1 = sum(p.suggestions[0].label == d for p, d in said) / len(said)
    top3 = sum(d in [s.label for s in p.suggestions] for p, d in said) / len(said)
    sent = [p.decided == d for p, d in said if p.decided]
    why = Counter(str(p.why) for p, _ in said if p.abstained)
    print(
        f"department, {len(asked)} generated duty-directory tickets (1 in 200 labels wrong by design), learned on {len(learned)} others"
    )
    print(f"  top 1 {top1:.3f}, top 3 {top3:.3f} (goal 0.97)")
    print(
        f"  auto-dispatch: precision {sum(sent) / max(1, len(sent)):.4f} (goal 0.98) at coverage {len(sent) / len(said):.3f}; abstained {dict(why)}"
    )
    wall, cpu = timed(suggest.predict, [report for report, _ in asked[:50]])
    print(f"  one ticket: {wall:.1f} ms on the clock, {cpu:.1f} ms of CPU")


def matter_department(*, quick: bool) -> None:
    """Real service matters: the matter's name → its department."""
    pairs = [(row["TASK_NAME"], row["DEPT_NAME"].strip()) for row in matters()]
    counts = Counter(department for _, department in pairs)
    kept = [(name, department) for name, department in pairs if counts[department] >= LEAST_MATTERS]
    kept = kept[:: 4 if quick else 1]
    few = {name for name, count in Counter(d for _, d in kept).items() if count < LEAST_MATTERS}
    kept = [(name, department) for name, department in kept if department not in few]
    reports = [Report(title=name) for name, _ in kept]
    folds = 2 if quick else 5
    figures = evaluate(reports, [d for _, d in kept], encoder=None, precision=PRECISION["department"], folds=folds)
    show(
        f"department, {len(kept)} real matters, {len({d for _, d in kept})} departments, {folds} folds, words only",
        figures,
    )


def show(what: str, figures: Figures) -> None:
    """Print one set of figures."""
    print(what)
    gain = figures.macro_f1 - figures.baseline_macro_f1
    print(
        f"  macro-F1 {figures.macro_f1:.4f}, char TF-IDF + LinearSVC {figures.baseline_macro_f1:.4f}: {gain:+.4f} (goal +0.02)"
    )
    print(f"  top 3 {figures.top3:.3f}; ECE {figures.calibration_error:.3f}; weights of meaning {figures.weights}")
    covered = ", ".join(f"{c:.0%} → {a:.3f}" for c, a in zip(figures.coverages, figures.accuracies, strict=True))
    print(f"  accuracy by coverage: {covered}")
    precision = "nothing decided" if figures.precision is None else f"precision {figures.precision:.4f}"
    print(f"  decided without a person: {precision} at coverage {figures.decided:.3f}")


def timed(predict, reports: Sequence[Report]) -> tuple[float, float]:
    """Return milliseconds a report: clock, CPU."""
    wall, cpu = time.perf_counter(), time.process_time()
    for report in reports:
        predict(report)
    return (
        1_000 * (time.perf_counter() - wall) / len(reports),
        1_000 * (time.process_time() - cpu) / len(reports),
    )


if __name__ == "__main__":
    main()
