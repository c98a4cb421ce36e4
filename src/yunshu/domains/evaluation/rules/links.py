"""Goal ↔ task ↔ indicator: which belong together, by the words they share and nobody else does.

A pair of characters that many items of the same form use (政务, 服务) says little; one that two items alone
share says much: weight = (1 - (items that use it - 1) / items)². What stands in the task's name counts double, a Latin
word or a number of n characters as n - 1 pairs. The score of a link is the weight of what both share
over the weight of the shorter one's words (0 to 1). A person may set the links instead.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from yunshu.domains.evaluation.contracts import Goal, Indicator, TableForm, Task
from yunshu.domains.evaluation.rules.text import pairs, plain, shared_words

_ROUND = Decimal("0.001")


@dataclass(frozen=True, kw_only=True)
class Link:
    """``left`` serves or measures ``right`` (``goal:3`` → ``task:other:2``); ``words`` is what both say."""

    left: str
    right: str
    score: Decimal = Decimal(1)
    words: tuple[str, ...] = ()
    by_hand: bool = False


@dataclass(frozen=True, kw_only=True)
class LinkRules:
    """How alike two items must be. ``ignored`` words are dropped first; ``synonyms`` map a word to its main word."""

    goal_task_min: Decimal
    indicator_task_min: Decimal
    near_best: Decimal
    ignored: tuple[str, ...] = ()
    synonyms: Mapping[str, str] | None = None


def place(item: Goal | Task | Indicator) -> str:
    """Return how findings and links name an item."""
    if isinstance(item, Task):
        return f"task:{item.kind.value}:{item.ordinal}"
    return f"{'goal' if isinstance(item, Goal) else 'indicator'}:{item.ordinal}"


def suggested_links(form: TableForm, rules: LinkRules) -> tuple[Link, ...]:
    """Return the links the words suggest: goals to tasks, then indicators to tasks (directly or by the goal)."""
    texts = _texts(form, rules)
    weights = _weights(texts.values())
    names = {place(t): pairs(_folded(t.name, rules)) for t in form.tasks}
    bar = (rules.goal_task_min, rules.near_best)
    goals = _best([place(g) for g in form.goals], texts, names, weights, bar)
    with_goal = dict(texts)
    for link in goals:
        with_goal[link.right] += "。" + texts[link.left]
    indicators = [place(i) for i in form.indicators]
    measured = _best(indicators, with_goal, names, weights, (rules.indicator_task_min, rules.near_best))
    return (*goals, *measured)


def _texts(form: TableForm, rules: LinkRules) -> dict[str, str]:
    said = {place(g): g.text for g in form.goals}
    said |= {place(t): f"{t.name}。{t.content}" for t in form.tasks}
    said |= {place(i): f"{i.name}。{i.explanation}" for i in form.indicators}
    return {key: _folded(text, rules) for key, text in said.items()}


def _folded(text: str, rules: LinkRules) -> str:
    for word in rules.ignored:
        text = text.replace(word, "。")
    return plain(text, rules.synonyms)


def _weights(texts: Iterable[str]) -> dict[str, Decimal]:
    sets = [pairs(t) for t in texts]
    uses = Counter(p for s in sets for p in s)
    count = Decimal(max(len(sets), 1))
    return {p: (1 - (n - 1) / count) ** 2 * (len(p) - 1) for p, n in uses.items()}


def _best(
    lefts: Sequence[str],
    texts: Mapping[str, str],
    names: Mapping[str, frozenset[str]],
    weights: Mapping[str, Decimal],
    bar: tuple[Decimal, Decimal],
) -> list[Link]:
    least, near = bar
    links = []
    for left in lefts:
        scored = {right: _score(texts[left], texts[right], names[right], weights) for right in names}
        top = max((score for score, _ in scored.values()), default=Decimal(0))
        for right, (score, shared) in scored.items():
            if score >= max(least, near * top):
                words = shared_words(texts[left], texts[right], shared)
                links.append(Link(left=left, right=right, score=score, words=words))
    return links


def _score(
    left: str, right: str, name: frozenset[str], weights: Mapping[str, Decimal]
) -> tuple[Decimal, frozenset[str]]:
    a, b = pairs(left), pairs(right)
    shared = a & b
    if not shared:
        return Decimal(0), shared
    shorter = min(_sum(a, weights), _sum(b, weights))
    score = (_sum(shared, weights) + _sum(shared & name, weights)) / shorter if shorter else Decimal(0)
    return min(score, Decimal(1)).quantize(_ROUND), shared


def _sum(chosen: frozenset[str], weights: Mapping[str, Decimal]) -> Decimal:
    return sum((weights[p] for p in chosen), Decimal(0))


@dataclass(frozen=True, kw_only=True)
class Confirmed:
    """Links a person confirmed, by what the items say (numbers may shift): ``pairs`` of labels, and all ``known`` ones."""

    pairs: frozenset[tuple[str, str]]
    known: frozenset[str]


def label(item: Goal | Task | Indicator) -> str:
    """Return what an item is known by when numbers shift: a goal by its text, a task and an indicator by its name."""
    if isinstance(item, Goal):
        return f"goal|{item.text}"
    return f"{'task' if isinstance(item, Task) else 'indicator'}|{item.name}"


def left_labels(form: TableForm) -> dict[str, str]:
    """Return the labels of the goals and indicators by their places."""
    return {place(g): label(g) for g in form.goals} | {place(i): label(i) for i in form.indicators}


def right_labels(form: TableForm) -> dict[str, str]:
    """Return the labels of the tasks by their places."""
    return {place(t): label(t) for t in form.tasks}


def standing_links(form: TableForm, rules: LinkRules, confirmed: Confirmed | None) -> tuple[Link, ...]:
    """Return the links that count: those confirmed, and for items nobody has looked at those the words suggest."""
    suggested = suggested_links(form, rules)
    if confirmed is None:
        return suggested
    lefts, rights = left_labels(form), right_labels(form)
    labels = lefts | rights
    by_words = {(s.left, s.right): s for s in suggested}
    by_hand = [
        replace(by_words.get((left, right), Link(left=left, right=right)), by_hand=True)
        for left in lefts
        for right in rights
        if (labels[left], labels[right]) in confirmed.pairs
    ]
    unseen = [s for s in suggested if not {labels[s.left], labels[s.right]} <= confirmed.known]
    kept = {(s.left, s.right) for s in by_hand}
    return (*by_hand, *(s for s in unseen if (s.left, s.right) not in kept))
