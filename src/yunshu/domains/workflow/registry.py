"""The flows that domains registered at start; the engine knows no other."""

from yunshu.domains.workflow.contracts import Flow, check_flow

_FLOWS: dict[str, Flow] = {}


def register(flow: Flow) -> None:
    """Offer a flow to the engine. Raises ValueError for one that cannot be walked, or a second of the same code."""
    if wrong := check_flow(flow):
        raise ValueError(f"flow {flow.code}: {'; '.join(wrong)}")
    if _FLOWS.setdefault(flow.code, flow) != flow:
        raise ValueError(f"flow {flow.code} is registered twice")


def flow(code: str) -> Flow:
    """Return a registered flow; KeyError for an unknown one."""
    return _FLOWS[code]


def flows() -> tuple[Flow, ...]:
    """Return every registered flow, by code."""
    return tuple(_FLOWS[code] for code in sorted(_FLOWS))
