"""Tables of operations."""

from yunshu.domains.operations.models.changes import Change, ChangeTarget, Problem
from yunshu.domains.operations.models.clauses import Penalty, ServiceClause
from yunshu.domains.operations.models.duty import DutySwap, DutyTurn
from yunshu.domains.operations.models.incidents import (
    Incident,
    IncidentCalled,
    IncidentReport,
    IncidentStep,
    IncidentTarget,
    PauseRequest,
    PostMortem,
    Standstill,
    TargetSignal,
)
from yunshu.domains.operations.models.levels import (
    DutyHours,
    IncidentCall,
    PriorityRule,
    ServiceHours,
    ServiceLevel,
    ServicePromise,
)
from yunshu.domains.operations.models.targets import Need, Target
from yunshu.domains.operations.models.watching import Heartbeat, SampleSeal, Status, StatusChange, Vantage

__all__ = [
    "Change",
    "ChangeTarget",
    "DutyHours",
    "DutySwap",
    "DutyTurn",
    "Heartbeat",
    "Incident",
    "IncidentCall",
    "IncidentCalled",
    "IncidentReport",
    "IncidentStep",
    "IncidentTarget",
    "Need",
    "PauseRequest",
    "Penalty",
    "PostMortem",
    "PriorityRule",
    "Problem",
    "SampleSeal",
    "ServiceClause",
    "ServiceHours",
    "ServiceLevel",
    "ServicePromise",
    "Standstill",
    "Status",
    "StatusChange",
    "Target",
    "TargetSignal",
    "Vantage",
]
