"""The proof that the table holds together: every configuration that guards allow is walked, not only every state.

A configuration is (state, clock, reworks up to their cap, extensions, is a part). ``faults`` returns what is wrong: a dead configuration, one that cannot
end, a pause that cannot resume or end, a clock told to do what it cannot (resume while running), a verb that no configuration allows, and
a clock that runs on where the ticket rests. DIGIT's sample life (a rating that leads to "closed after rejection") would fall here.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from yunshu.domains.hotline.rules.guards import MOST_REWORKS, Facts, refusal
from yunshu.domains.hotline.rules.life import FINAL, OVER, RECEIVED, STEPS, WITH_UNIT, Effect, Step


class Clock(StrEnum):
    """How the handling clock stands."""

    NONE = "none"
    RUNS = "runs"
    STANDS = "stands"
    ENDED = "ended"


TURNS: dict[tuple[Effect, Clock], Clock] = {
    (Effect.START, Clock.NONE): Clock.RUNS,
    (Effect.PAUSE, Clock.RUNS): Clock.STANDS,
    (Effect.RESUME, Clock.STANDS): Clock.RUNS,
    (Effect.EXTEND, Clock.RUNS): Clock.RUNS,
    (Effect.STOP, Clock.NONE): Clock.ENDED,
    (Effect.STOP, Clock.RUNS): Clock.ENDED,
    (Effect.STOP, Clock.STANDS): Clock.ENDED,
    (Effect.RESTART, Clock.ENDED): Clock.RUNS,
    **{(Effect.KEEP, clock): clock for clock in Clock},
}
"""What an effect makes of a clock; a pair that is missing cannot be."""


@dataclass(frozen=True)
class Config:
    """Where a ticket can be."""

    state: str = RECEIVED
    clock: Clock = Clock.NONE
    reworks: int = 0
    extensions: int = 0
    is_part: bool = False
    has_unit: bool = False

    def facts(self, *, parts: int) -> Facts:
        """Return the facts of it when its people do what is asked of them."""
        return Facts(
            is_part=self.is_part,
            has_unit=self.has_unit,
            parts=parts,
            extensions=self.extensions,
            reworks=self.reworks,
            called_back=True,
        )


def allowed(config: Config) -> Iterator[Step]:
    """Yield the steps that some ticket in this configuration may take."""
    for step in STEPS:
        if config.state in step.sources and any(refusal(step.verb, config.facts(parts=n)) is None for n in (0, 2)):
            yield step


def after(config: Config, step: Step) -> Config | None:
    """Return where a step leads; None if the clock cannot do what it is told."""
    clock = TURNS.get((step.effect, config.clock))
    if clock is None:
        return None
    restarts, extends = step.effect is Effect.RESTART, step.effect is Effect.EXTEND
    return Config(
        state=step.target,
        clock=clock,
        reworks=min(config.reworks + (restarts and step.verb != "reopen"), MOST_REWORKS),
        extensions=0 if restarts else config.extensions + extends,
        is_part=config.is_part,
        has_unit=config.has_unit or step.target in WITH_UNIT,
    )


def explore() -> tuple[dict[Config, list[tuple[Step, Config]]], list[str]]:
    """Return every configuration within reach with its ways out, and the clocks that were told the impossible."""
    graph: dict[Config, list[tuple[Step, Config]]] = {}
    wrong: list[str] = []
    queue = deque([Config(), Config(is_part=True)])
    while queue:
        here = queue.popleft()
        if here in graph:
            continue
        ways = graph[here] = []
        for step in allowed(here):
            there = after(here, step)
            if there is None:
                wrong.append(f"{step.verb} in {here.state}: a clock that {here.clock} cannot {step.effect}")
            else:
                ways.append((step, there))
                queue.append(there)
    return graph, wrong


def faults() -> list[str]:
    """Return what is wrong with the table; empty: it is proven."""
    graph, wrong = explore()
    ends = _reaching(graph, {c for c in graph if c.state in FINAL})
    turning = _reaching(graph, {c for c in graph if c.clock is not Clock.STANDS})
    wrong += [f"{c} is dead" for c, ways in graph.items() if not ways and c.state not in FINAL]
    wrong += [f"{c} can never end" for c in graph if c not in ends]
    wrong += [f"{c} stands still for ever" for c in graph if c not in turning]
    wrong += [f"{c} is over and its clock runs" for c in graph if c.state in OVER and c.clock is not Clock.ENDED]
    taken = {step.verb for ways in graph.values() for step, _there in ways}
    return wrong + [f"nobody can ever {step.verb}" for step in STEPS if step.verb not in taken]


def _reaching(graph: dict[Config, list[tuple[Step, Config]]], goals: set[Config]) -> set[Config]:
    """Return every configuration from which one of ``goals`` can be reached."""
    before: dict[Config, list[Config]] = {}
    for here, ways in graph.items():
        for _step, there in ways:
            before.setdefault(there, []).append(here)
    found, queue = set(goals), deque(goals)
    while queue:
        for each in before.get(queue.popleft(), ()):
            if each not in found:
                found.add(each)
                queue.append(each)
    return found
