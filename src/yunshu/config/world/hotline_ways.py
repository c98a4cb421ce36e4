"""The ways that generated tickets go, each a row of verbs; together they reach every state of ``rules.life``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any

from yunshu.domains.directory.contracts import Anonymous, Staff
from yunshu.domains.directory.models import Org
from yunshu.domains.hotline.models import ObjectionReason, RejectGround, SuspendReason, Ticket
from yunshu.domains.hotline.services import answering, asking, dispatching, identity, registering, watching
from yunshu.lib.kernel import clock
from yunshu.lib.synthetic.demands import Demand

if TYPE_CHECKING:
    from yunshu.config.world.hotline import Cast

FEWEST_UNITS = 2
WORDS = "情况属实。（示例）"
BASIS = "市权责清单（示例）：该事项由建议单位负责"
Step = Callable[["Run"], None]


class Run:
    """One ticket on its way: who acts, what was said, which moment it is in its life."""

    def __init__(self, people: Cast, said: Demand, source: str, began: datetime, end: datetime, rng: Random) -> None:
        self.people, self.said, self.source, self.rng = people, said, source, rng
        self.at, self._end = began, end
        self.number = ""
        self.unit, self.handler = rng.choice(people.units)

    def later(self, least: float = 0.3, most: float = 3.0) -> datetime:
        """Let hours pass, not beyond the present."""
        self.at = min(self.at + timedelta(hours=self.rng.uniform(least, most)), self._end)
        return self.at

    @property
    def other(self) -> tuple[Org, Staff]:
        """Another unit."""
        return next(pair for pair in self.people.units if pair[0].pk != self.unit.pk)

    def spec(self, **more: Any) -> registering.TicketSpec:
        """Return what the caller says."""
        said = self.said
        words = {
            "kind": said.kind, "title": said.title, "content": said.content, "urgency": said.urgency, "division": said.division,
            "street": said.street, "address": said.address, "name": said.caller, "phone": said.phone, "source_number": self.source,
        }  # fmt: skip
        return registering.TicketSpec(**(words | more))

    def move(self, verb: str, who: Staff, reason: str = WORDS) -> None:
        """Take a plain step."""
        asking.move_ticket(actor=who, number=self.number, verb=verb, reason=reason, now=self.later())


def web(run: Run) -> None:
    """A citizen files it."""
    run.number = registering.receive(by=Anonymous(), spec=run.spec(channel="web"), now=run.at).ticket.number


def phone(run: Run, **more: Any) -> None:
    """An agent takes it down."""
    made = registering.register(actor=run.people.agent, spec=run.spec(channel="phone", **more), now=run.at)
    run.number = made.ticket.number


def report(run: Run) -> None:
    """An agent takes a confidential report down; somebody asks to see who it was."""
    phone(run, kind="report")
    identity.ask_reveal(actor=run.people.sorter, number=run.number, reason="核实线索（示例）", now=run.later())


def dispatch(run: Run) -> None:
    """It goes to a unit."""
    spec = dispatching.DispatchSpec(unit=run.unit.code, words="请按职责办理。（示例）")
    dispatching.dispatch(actor=run.people.sorter, number=run.number, spec=spec, now=run.later())


def dispatch_both(run: Run) -> None:
    """It goes to two units."""
    spec = dispatching.DispatchSpec(unit=run.unit.code, assists=[run.other[0].code])
    dispatching.dispatch(actor=run.people.sorter, number=run.number, spec=spec, now=run.later())


def redispatch(run: Run) -> None:
    """The court sends it on."""
    run.unit, run.handler = run.other
    dispatch(run)


def sign(run: Run) -> None:
    """The unit signs."""
    run.move("sign", run.handler, "")


def object_to(run: Run) -> None:
    """The unit says that it is not its own."""
    reason = ObjectionReason.objects.filter(is_active=True).order_by("pk").first()
    spec = dispatching.ObjectionSpec(
        reason=reason.code if reason else "",
        words="不属于本单位职责。（示例）",
        basis=BASIS,
        proposed=run.other[0].code,
    )
    dispatching.object_to(actor=run.handler, number=run.number, spec=spec, now=run.later(0.1, 0.5))


def reply(run: Run) -> None:
    """The unit answers."""
    answering.reply(
        actor=run.handler, number=run.number, words=run.said.answer, measures=run.said.measure, now=run.later(1, 6)
    )


def passes(run: Run) -> None:
    """The answer passes."""
    answering.review(actor=run.people.reviewer, number=run.number, passes=True, words="", now=run.later())


def fails(run: Run) -> None:
    """The answer is sent back."""
    words = "请写明完成时间。（示例）"
    answering.review(actor=run.people.reviewer, number=run.number, passes=False, words=words, now=run.later())


def _call(run: Run, **said: Any) -> None:
    spec = answering.CallSpec(**({"reached": "yes"} | said))
    answering.call_back(actor=run.people.agent, number=run.number, spec=spec, now=run.later())


def content(run: Run) -> None:
    """The caller is content."""
    _call(run, solved=True, result_score=run.rng.choice((4, 5)), process_score=run.rng.choice((4, 5)))


def unhappy(run: Run) -> None:
    """The caller is not."""
    _call(
        run,
        solved=False,
        result_score=run.rng.choice((1, 2)),
        process_score=run.rng.choice((1, 2, 3)),
        words="还没有解决。（示例）",
    )


def unreached(run: Run) -> None:
    """Nobody answers."""
    _call(run, reached="no_answer")


def close(run: Run) -> None:
    """It is closed."""
    answering.close(actor=run.people.agent, number=run.number, words="", now=run.later())


def rate(run: Run) -> None:
    """The caller rates it."""
    stars = run.rng.choice((3, 4, 5, 5))
    answering.rate(
        by=Anonymous(), row=Ticket.objects.get(number=run.number), result_score=stars, process_score=stars, solved=True,
        words="（示例评价）", now=run.later(),
    )  # fmt: skip


def ask_extension(run: Run) -> None:
    """More time is asked for."""
    words = "需要采购材料。（示例）"
    asking.ask_extension(actor=run.handler, number=run.number, amount=1, reason=words, now=run.later())


def ask_pause(run: Run) -> None:
    """That the clock stand still is asked for."""
    ground = SuspendReason.objects.filter(is_active=True).order_by("pk").first()
    until = clock.city_date(clock.now()) + timedelta(days=14)
    asking.ask_pause(
        actor=run.handler,
        number=run.number,
        ground=ground.code if ground else "",
        until=until,
        reason=WORDS,
        now=run.later(),
    )


def meeting(run: Run) -> None:
    """Units are called together."""
    units = [org.code for org, _who in run.people.units]
    dispatching.call_meeting(
        actor=run.people.sorter,
        number=run.number,
        verb="call_meeting",
        units=units,
        reason="职责不清。（示例）",
        now=run.later(),
    )


def split(run: Run) -> None:
    """It is two matters."""
    parts = [
        dispatching.PartSpec(unit=org.code, title=f"{org.short_name or org.name}事项（示例）")
        for org, _who in run.people.units[:2]
    ]
    dispatching.split(
        actor=run.people.sorter, number=run.number, parts=parts, reason="两件事。（示例）", now=run.later()
    )


def merge(run: Run) -> None:
    """It is the same as another of the same day."""
    mine, run.source = run.number, f"{run.source}-p"
    phone(run)
    words = "同一事项。（示例）"
    dispatching.merge(actor=run.people.sorter, number=mine, into=run.number, reason=words, now=run.later())


def reject(run: Run) -> None:
    """It is not accepted."""
    ground = RejectGround.objects.filter(is_active=True).order_by("pk").first()
    registering.reject(
        actor=run.people.agent, number=run.number, ground=ground.code if ground else "", reason="", now=run.later()
    )


def answer(run: Run) -> None:
    """It is answered at once."""
    registering.answer(actor=run.people.agent, number=run.number, words=run.said.answer, now=run.later(0.05, 0.2))


def withdraw(run: Run) -> None:
    """The caller takes it back."""
    registering.withdraw(
        actor=run.people.agent, number=run.number, reason="诉求人表示已自行解决。（示例）", now=run.later()
    )


def supervise(run: Run) -> None:
    """A letter goes out."""
    due = run.at + timedelta(days=3)
    watching.supervise(
        actor=run.people.manager,
        number=run.number,
        requirement="请抓紧办理并反馈。（示例）",
        due_at=due,
        now=run.later(),
    )


def plain(verb: str, who: str) -> Step:
    """Return a plain step by one of the desk (``handler``: the unit's)."""
    return lambda run: run.move(verb, run.handler if who == "handler" else getattr(run.people, who))


accept = plain("accept", "agent")
START, ANSWERED = (phone, dispatch, sign), (phone, dispatch, sign, reply, passes)


@dataclass(frozen=True)
class Way:
    """Verbs in their order; ``weight`` says how common, ``hours`` how long before the present it begins at least, ``spread`` how far back."""

    steps: tuple[Step, ...]
    weight: int = 1
    hours: float = 40.0
    spread: float = 1.0


WAYS = {
    "received": Way((web,), 2, 2, 0.05),
    "registered": Way((web, accept), 2, 6, 0.05),
    "dispatched": Way((phone, dispatch), 3, 8, 0.1),
    "handling": Way(START, 6, 20, 0.4),
    "late": Way((*START, supervise), 1, 480, 0.0),
    "objected": Way((phone, dispatch, object_to), 2, 10, 0.1),
    "redispatched": Way((phone, dispatch, object_to, redispatch, sign, reply, passes, content, close, rate), 2, 60),
    "upheld": Way((phone, dispatch, object_to, plain("uphold", "sorter")), 1, 30, 0.3),
    "extending": Way((*START, ask_extension), 1, 20, 0.2),
    "extended": Way((*START, ask_extension, plain("grant_extension", "sorter")), 1, 30, 0.3),
    "pausing": Way((*START, ask_pause), 1, 20, 0.2),
    "suspended": Way((*START, ask_pause, plain("grant_pause", "sorter")), 1, 30, 0.3),
    "meeting": Way((phone, meeting), 1, 20, 0.2),
    "split": Way((phone, split), 1, 20, 0.2),
    "joint": Way((phone, dispatch_both, sign), 1, 20, 0.2),
    "replied": Way((*START, reply), 3, 24, 0.2),
    "failed": Way((*START, reply, fails), 1, 30, 0.3),
    "callback": Way(ANSWERED, 3, 30, 0.3),
    "unreached": Way((*ANSWERED, unreached), 1, 30, 0.3),
    "reworked": Way((*ANSWERED, unhappy, plain("rework", "agent")), 2, 40, 0.5),
    "reworked-closed": Way((*ANSWERED, unhappy, plain("rework", "agent"), reply, passes, content, close, rate), 3, 80),
    "closed": Way((*ANSWERED, content, close), 14, 60),
    "closed-web": Way((web, accept, dispatch, sign, reply, passes, content, close, rate), 10, 60),
    "answered": Way((phone, answer), 8, 2),
    "report": Way((report, dispatch, sign), 1, 24, 0.4),
    "merged": Way((phone, merge), 1, 20, 0.2),
    "upgraded": Way((phone, plain("upgrade", "manager")), 1, 20, 0.3),
    "rejected": Way((web, reject), 1, 10),
    "withdrawn": Way((*START, withdraw), 1, 30),
    "archived": Way((*ANSWERED, content, close, plain("archive", "manager")), 2, 80),
}
"""Each once, then by weight."""
