"""Reading campaigns: what a viewer may see of them, and how they stood on a day, as known at an instant."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date, datetime

from django.db.models import Count, Q, QuerySet

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.operations.contracts import CAMPAIGN_EDIT, CAMPAIGN_VIEW, TERMINAL_SIGN
from yunshu.domains.operations.models import (
    Announcement,
    BaseChange,
    Campaign,
    CampaignUnit,
    Claim,
    Compatibility,
    Handover,
    ReplacementException,
    SignerKey,
    Terminal,
    TerminalStep,
)
from yunshu.domains.operations.rules import campaign as rules
from yunshu.domains.operations.selectors.reach import within
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import NotFound

IN_BASE = Q(until__isnull=True)


def visible_units(viewer: Viewer) -> QuerySet[CampaignUnit]:
    """Return the units of campaigns that ``viewer`` may see: of a campaign's organisation all, of one's own organisation it."""
    seen = within(viewer, CAMPAIGN_VIEW, "campaign__org__path") | within(viewer, CAMPAIGN_VIEW, "org__path")
    return CampaignUnit.objects.filter(seen | within(viewer, TERMINAL_SIGN, "org__path")).select_related(
        "campaign__org", "org"
    )


def visible_campaigns(viewer: Viewer) -> QuerySet[Campaign]:
    """Return the campaigns of which ``viewer`` may see at least one unit, or which its organisation leads."""
    own = within(viewer, CAMPAIGN_VIEW, "org__path")
    seen = visible_units(viewer).order_by().values("campaign")
    return Campaign.objects.filter(own | Q(pk__in=seen)).select_related("org")


def get_campaign(viewer: Viewer, number: str) -> Campaign:
    """Return one campaign; raise NotFound (``campaign_not_found``)."""
    row = visible_campaigns(viewer).filter(number=number).first()
    if row is None:
        raise NotFound("campaign_not_found")
    return row


def get_unit(viewer: Viewer, number: str) -> CampaignUnit:
    """Return one unit of a campaign; raise NotFound (``unit_not_found``)."""
    row = visible_units(viewer).filter(number=number).first()
    if row is None:
        raise NotFound("unit_not_found")
    return row


def board(viewer: Viewer) -> QuerySet[CampaignUnit]:
    """Return the units with their figures of now, for a list."""
    listed = Count("terminals", filter=Q(terminals__until__isnull=True), distinct=True)
    return visible_units(viewer).annotate(
        listed=listed,
        signed=Count(
            "terminals",
            filter=Q(terminals__until__isnull=True, terminals__state__in=rules.REPLACED),
            distinct=True,
        ),
        waiting=Count("terminals", filter=Q(terminals__state=rules.DELIVERED), distinct=True),
        excepted=Count(
            "exceptions",
            filter=Q(exceptions__closed_at__isnull=True) & ~Q(exceptions__decision="refused"),
            distinct=True,
        ),
    )


def visible_terminals(viewer: Viewer) -> QuerySet[Terminal]:
    """Return the terminals of the units in sight."""
    units = visible_units(viewer).order_by().values("pk")
    return Terminal.objects.filter(unit__in=units).select_related("unit__org", "unit__campaign", "new__model", "old")


def get_terminal(viewer: Viewer, number: str) -> Terminal:
    """Return one terminal; raise NotFound (``terminal_not_found``)."""
    row = visible_terminals(viewer).filter(number=number).first()
    if row is None:
        raise NotFound("terminal_not_found")
    return row


def steps_of(terminal: Terminal) -> QuerySet[TerminalStep]:
    """Return a terminal's steps, the newest first."""
    return terminal.steps.select_related("handover").order_by("-seq")


def handovers_of(unit: CampaignUnit) -> QuerySet[Handover]:
    """Return what a unit has signed."""
    return unit.handovers.select_related("key")


def get_handover(viewer: Viewer, number: str) -> Handover:
    """Return one signed statement; raise NotFound (``handover_not_found``)."""
    row = visible_handovers(viewer).filter(number=number).first()
    if row is None:
        raise NotFound("handover_not_found")
    return row


def visible_handovers(viewer: Viewer) -> QuerySet[Handover]:
    """Return what was signed in the units in sight."""
    units = visible_units(viewer).order_by().values("pk")
    return Handover.objects.filter(unit__in=units).select_related("unit__org", "unit__campaign", "key")


def visible_keys(viewer: Viewer) -> QuerySet[SignerKey]:
    """Return the keys of the people where ``viewer`` leads campaigns."""
    return SignerKey.objects.filter(within(viewer, CAMPAIGN_EDIT, "org__path")).select_related("person", "org")


def get_key(viewer: Viewer, pk: int) -> SignerKey:
    """Return one key; raise NotFound (``key_not_found``)."""
    row = visible_keys(viewer).filter(pk=pk).first()
    if row is None:
        raise NotFound("key_not_found")
    return row


def terminals_of(unit: CampaignUnit) -> QuerySet[Terminal]:
    """Return a unit's terminals in its base."""
    return unit.terminals.filter(IN_BASE).select_related("new__model", "old").order_by("number")


def possible_steps(unit: CampaignUnit, today: date) -> dict[str, int]:
    """Return with how many of a unit's terminals the bureau could take each step today: what would be refused is not counted."""
    found: Counter[str] = Counter()
    signed = TerminalStep.objects.filter(terminal__unit=unit, verb="sign").order_by("seq")
    signed_on = dict(signed.values_list("terminal_id", "on"))
    days = unit.campaign.dual_run_days
    for terminal in terminals_of(unit):
        on = signed_on.get(terminal.pk)
        is_dual = bool(on and days and today <= rules.dual_run_ends(on, days))
        found.update(rules.bureau_steps(terminal.state, has_old=terminal.old_id is not None, is_dual=is_dual))
    return dict(found)


def waiting_of(unit: CampaignUnit) -> QuerySet[Terminal]:
    """Return what waits for a unit to sign."""
    return terminals_of(unit).filter(state=rules.DELIVERED)


def get_change(viewer: Viewer, number: str) -> BaseChange:
    """Return one change of a base; raise NotFound (``change_not_found``)."""
    row = visible_changes(viewer).filter(number=number).first()
    if row is None:
        raise NotFound("change_not_found")
    return row


def get_exception(viewer: Viewer, number: str) -> ReplacementException:
    """Return one exception; raise NotFound (``exception_not_found``)."""
    row = visible_exceptions(viewer).filter(number=number).first()
    if row is None:
        raise NotFound("exception_not_found")
    return row


def claim_of(campaign: Campaign) -> Claim | None:
    """Return the statement that a campaign stands at 100 %, None where nobody made it."""
    return Claim.objects.filter(campaign=campaign).first()


def visible_changes(viewer: Viewer) -> QuerySet[BaseChange]:
    """Return the log of changes of the bases in sight."""
    campaigns = visible_campaigns(viewer).order_by().values("pk")
    return BaseChange.objects.filter(campaign__in=campaigns).select_related("campaign__org", "org")


def visible_exceptions(viewer: Viewer) -> QuerySet[ReplacementException]:
    """Return the exceptions of the units in sight."""
    units = visible_units(viewer).order_by().values("pk")
    return ReplacementException.objects.filter(unit__in=units).select_related(
        "unit__org", "unit__campaign__org", "terminal"
    )


def compatibility_of(unit: CampaignUnit) -> QuerySet[Compatibility]:
    """Return what a unit works with."""
    return unit.compatibility.all()


def key_of(person_id: int) -> SignerKey | None:
    """Return the key by which a person signs now, None where there is none."""
    return SignerKey.objects.filter(person_id=person_id, retired_at__isnull=True).first()


def standing(campaign: Campaign, day: date, known_at: datetime | None = None) -> rules.Standing:
    """Return how a campaign stood at the end of ``day``, from what was recorded until ``known_at`` (None: until now).

    The same (day, known_at) gives the same answer for ever: every row it reads is append-only or fixed once set. Before the
    base is frozen it is computed from the plan, and means nothing more than that.
    """
    terminals: dict[int, list[Terminal]] = defaultdict(list)
    listed = Terminal.objects.filter(unit__campaign=campaign).select_related("added_by", "removed_by")
    for terminal in listed.order_by("number"):
        since = terminal.since or campaign.planned_on or day
        if terminal.added_by and not _known(terminal.added_by, known_at):
            continue
        until = terminal.until if terminal.removed_by and _known(terminal.removed_by, known_at) else None
        if rules.in_base(day, since=since, until=until):
            terminals[terminal.unit_id].append(terminal)
    states = _states(campaign, day, known_at)
    excepted = _exceptions(campaign, day, known_at)
    announced = _announced(campaign, day, known_at)
    units = CampaignUnit.objects.filter(campaign=campaign).select_related("org")
    return rules.Standing(
        units=[_facts(u, announced.get(u.pk), terminals[u.pk], states, excepted[u.pk]) for u in units]
    )


def _announced(campaign: Campaign, day: date, known_at: datetime | None) -> dict[int, int | None]:
    """Return by unit what it had announced at the end of ``day``; what was said before the freeze belongs to the base."""
    said: dict[int, int | None] = {}
    for row in Announcement.objects.filter(unit__campaign=campaign).order_by("pk"):
        is_base = campaign.frozen_at is None or row.at <= campaign.frozen_at
        if (is_base or clock.city_date(row.at) <= day) and (known_at is None or row.at <= known_at):
            said[row.unit_id] = row.amount
    return said


def _facts(
    unit: CampaignUnit,
    announced: int | None,
    terminals: Iterable[Terminal],
    states: dict[int, str],
    excepted: list[int | None],
) -> rules.UnitFacts:
    rows = list(terminals)
    done = [t for t in rows if states.get(t.pk) in rules.REPLACED and None not in excepted and t.pk not in excepted]
    return rules.UnitFacts(
        code=unit.org.code,
        name=unit.org.name,
        announced=announced,
        terminals=len(rows),
        replaced=len(done),
        exceptions=len(excepted),
    )


def _known(change: BaseChange, known_at: datetime | None) -> bool:
    return known_at is None or (change.decided_at is not None and change.decided_at <= known_at)


def _states(campaign: Campaign, day: date, known_at: datetime | None) -> dict[int, str]:
    rows = TerminalStep.objects.filter(terminal__unit__campaign=campaign, on__lte=day)
    if known_at is not None:
        rows = rows.filter(at__lte=known_at)
    steps: dict[int, list[tuple[int, date, str]]] = defaultdict(list)
    for terminal_id, seq, on, target in rows.values_list("terminal_id", "seq", "on", "target"):
        steps[terminal_id].append((seq, on, target))
    return {terminal_id: rules.state_on(day, each) for terminal_id, each in steps.items()}


def _exceptions(campaign: Campaign, day: date, known_at: datetime | None) -> dict[int, list[int | None]]:
    """Return by unit the terminals (None: the whole unit) under an exception open on ``day``."""
    found: dict[int, list[int | None]] = defaultdict(list)
    for row in ReplacementException.objects.filter(unit__campaign=campaign):
        ended = row.closed_at or (row.decided_at if row.decision == ReplacementException.Decision.REFUSED else None)
        if known_at is not None and row.requested_at > known_at:
            continue
        if known_at is not None and ended is not None and ended > known_at:
            ended = None
        until = clock.city_date(ended) if ended else None
        if rules.is_open(day, since=clock.city_date(row.requested_at), until=until):
            found[row.unit_id].append(row.terminal_id)
    return found
