"""Tables of operations."""

from yunshu.domains.operations.models.assets import Asset, AssetModel, Movement
from yunshu.domains.operations.models.campaign import Announcement, BaseChange, Campaign, CampaignUnit
from yunshu.domains.operations.models.changes import Change, ChangeTarget, Problem
from yunshu.domains.operations.models.clauses import Penalty, ServiceClause
from yunshu.domains.operations.models.duty import DutySwap, DutyTurn
from yunshu.domains.operations.models.exceptions import Claim, Compatibility, ReplacementException
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
from yunshu.domains.operations.models.stocktaking import Stocktake, StocktakeLine, StocktakeScan
from yunshu.domains.operations.models.targets import Need, Target
from yunshu.domains.operations.models.terminals import Handover, SignerKey, Terminal, TerminalStep
from yunshu.domains.operations.models.testing import Defect, SignOff, TestCase, TestPlan, TestRun
from yunshu.domains.operations.models.training import Attendee, Question, QuizPaper, Training, TrainingSignIn
from yunshu.domains.operations.models.watching import Heartbeat, SampleSeal, Status, StatusChange, Vantage

__all__ = [
    "Announcement",
    "Asset",
    "AssetModel",
    "Attendee",
    "BaseChange",
    "Campaign",
    "CampaignUnit",
    "Change",
    "ChangeTarget",
    "Claim",
    "Compatibility",
    "Defect",
    "DutyHours",
    "DutySwap",
    "DutyTurn",
    "Handover",
    "Heartbeat",
    "Incident",
    "IncidentCall",
    "IncidentCalled",
    "IncidentReport",
    "IncidentStep",
    "IncidentTarget",
    "Movement",
    "Need",
    "PauseRequest",
    "Penalty",
    "PostMortem",
    "PriorityRule",
    "Problem",
    "Question",
    "QuizPaper",
    "ReplacementException",
    "SampleSeal",
    "ServiceClause",
    "ServiceHours",
    "ServiceLevel",
    "ServicePromise",
    "SignOff",
    "SignerKey",
    "Standstill",
    "Status",
    "StatusChange",
    "Stocktake",
    "StocktakeLine",
    "StocktakeScan",
    "Target",
    "TargetSignal",
    "Terminal",
    "TerminalStep",
    "TestCase",
    "TestPlan",
    "TestRun",
    "Training",
    "TrainingSignIn",
    "Vantage",
]
