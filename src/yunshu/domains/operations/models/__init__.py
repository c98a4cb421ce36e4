"""Tables of operations."""

from yunshu.domains.operations.models.assets import Asset, AssetModel, Movement
from yunshu.domains.operations.models.campaign import Announcement, BaseChange, Campaign, CampaignUnit
from yunshu.domains.operations.models.exceptions import Claim, Compatibility, ReplacementException
from yunshu.domains.operations.models.stocktaking import Stocktake, StocktakeLine, StocktakeScan
from yunshu.domains.operations.models.targets import Need, Target
from yunshu.domains.operations.models.terminals import Handover, SignerKey, Terminal, TerminalStep
from yunshu.domains.operations.models.testing import Defect, SignOff, TestCase, TestPlan, TestRun
from yunshu.domains.operations.models.training import Attendee, Question, QuizPaper, Training, TrainingSignIn

__all__ = [
    "Announcement",
    "Asset",
    "AssetModel",
    "Attendee",
    "BaseChange",
    "Campaign",
    "CampaignUnit",
    "Claim",
    "Compatibility",
    "Defect",
    "Handover",
    "Movement",
    "Need",
    "Question",
    "QuizPaper",
    "ReplacementException",
    "SignOff",
    "SignerKey",
    "Stocktake",
    "StocktakeLine",
    "StocktakeScan",
    "Target",
    "Terminal",
    "TerminalStep",
    "TestCase",
    "TestPlan",
    "TestRun",
    "Training",
    "TrainingSignIn",
]
