"""The flows that domains registered at start; the engine knows no other."""

from collections.abc import Callable

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.workflow.contracts import DeadlineSpec, Flow, check_flow

Clocks = Callable[[str], DeadlineSpec | None]
"""From a state's code to how long its task may take now; None: as the flow says."""
Opens = Callable[[Viewer, str], bool]
"""Whether a viewer may open the page of a subject, by its number."""
_FLOWS: dict[str, Flow] = {}
_CLOCKS: dict[str, Clocks] = {}
_OPENS: dict[str, Opens] = {}


def register(flow: Flow, clocks: Clocks | None = None, opens: Opens | None = None) -> None:
    """Offer a flow to the engine; ``clocks`` keeps its deadlines as data, ``opens`` says who may open a subject's own page.

    Raises ValueError for one that cannot be walked, or a second of the same code.
    """
    if wrong := check_flow(flow):
        raise ValueError(f"flow {flow.code}: {'; '.join(wrong)}")
    if _FLOWS.setdefault(flow.code, flow) != flow:
        raise ValueError(f"flow {flow.code} is registered twice")
    if clocks is not None:
        _CLOCKS[flow.code] = clocks
    if opens is not None:
        _OPENS[flow.code] = opens


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


def may_open(viewer: Viewer, flow_code: str, number: str) -> bool:
    """Say whether the viewer may open a subject's own page; where its domain says nothing, it is tried."""
    return flow_code not in _OPENS or _OPENS[flow_code](viewer, number)
