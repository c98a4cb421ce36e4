"""What assets, the campaign, tests and trainings tell the frame: their flows (their pages follow)."""

from yunshu.domains.operations.rules import campaign_flows
from yunshu.domains.workflow import api as workflow


def register() -> None:
    """Register what other floors ask for."""
    for flow in campaign_flows.FLOWS:
        workflow.register(flow)
