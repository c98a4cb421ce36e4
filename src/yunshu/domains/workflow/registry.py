"""The flows that domains registered at start; the engine knows no other."""

from collections.abc import Callable

from yunshu.domains.workflow.contracts import DeadlineSpec, Flow, check_flow

Clocks = Callable[[str], DeadlineSpec | None]
"""From a state's code to how long its task may take now; None: as the flow says."""
_FLOWS: dict[str, Flow] = {}
_CLOCKS: dict[str, Clocks] = {}


def register(flow: Flow, clocks: Clocks | None = None) -> None:
    """Offer a flow to the engine; ``clocks`` keeps its deadlines as data.

    Raises ValueError for one that cannot be walked, or a second of the same code.
    """
    if wrong := check_flow(flow):
        raise ValueError(f"flow {flow.code}: {'; '.join(wrong)}")
    if _FLOWS.setdefault(flow.code, flow) != flow:
        raise ValueError(f"flow {flow.code} is registered twice")
    if clocks is not None:
        _CLOCKS[flow.code] = clocks


def flow(code: str) -> Flow:
    """Return a registered flow; KeyError for an unknown one."""
    return _FLOWS[code]


def flows() -> tuple[Flow, ...]:
    """Return every registered flow, by code."""
    return tuple(_FLOWS[code] for code in sorted(_FLOWS))


def deadline_of(flow_code: str, state: str) -> DeadlineSpec | None:
    """Return how long the task of a state may take: by the domain's data, else as the flow says; None without a limit."""
    kept = _CLOCKS[flow_code](state) if flow_code in _CLOCKS else None
    task = flow(flow_code).state(state).task
    return kept or (task.deadline if task else None)
