"""The telephones of the hotline: agents with telephones, calls as the process writes them down."""

from datetime import timedelta
from typing import Any

from tests.factories.directory import staff
from tests.hotline.hotline_world import AGENT, Hotline

from yunshu.domains.directory.contracts import Staff
from yunshu.domains.directory.models import Org
from yunshu.domains.hotline import contracts
from yunshu.domains.hotline.models import Call, MissedCall, Telephone
from yunshu.domains.hotline.services.phone_log import Note, write
from yunshu.lib.kernel import clock

ANSWERER = (*AGENT, contracts.PHONE_ANSWER)
LEADER = (*ANSWERER, contracts.PHONE_SUPERVISE, contracts.RECORDING_LISTEN)
CALLER = "13812345678"


class Phones(Hotline):
    """A hotline with two agents, a shift leader and two telephones."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.first, self.second = staff(ANSWERER, org=self.bureau), staff(ANSWERER, org=self.bureau)
        self.leader = staff(LEADER, org=self.bureau)
        for n in (1, 2):
            Telephone.objects.create(code=f"800{n}", name=f"座席{n}", address=f"sip:800{n}@10.0.0.5:5060")

    def happens(self, ref: str, *kinds: str, agent: Staff | None = None, **more: Any) -> Call:
        """Write down what happens to a call, a second apart."""
        notes = []
        for kind in kinds:
            now = self.later(seconds=1)
            person = {"person": CALLER, "called": "12345"} if kind in ("offered", "screen_pop") else {}
            notes.append(
                Note(
                    kind=kind,
                    ref=ref,
                    at=now,
                    agent=agent.person_id if agent else None,
                    queue="general",
                    **(person | more),
                )
            )
        write(notes)
        return Call.objects.get(ref=ref)

    def answered(self, ref: str = "sip-1", agent: Staff | None = None) -> Call:
        """A call that was answered and is over."""
        mine = agent or self.first
        self.happens(ref, "offered", "queued")
        self.happens(ref, "ringing", "screen_pop", "answered", agent=mine)
        return self.happens(ref, "ended", data={"reason": "caller"})

    def abandoned(self, ref: str = "sip-9") -> Call:
        """A call that reached nobody."""
        self.happens(ref, "offered", "queued")
        self.now += timedelta(seconds=20)
        return self.happens(ref, "ended", data={"reason": "caller"})


def examples(org: Org) -> dict[str, Any]:
    """Return an object of ``org`` for every address of the telephones' pages, for whoever walks them."""
    now = clock.now()
    write([Note(kind="offered", ref="walked", at=now, person="1"), Note(kind="ended", ref="walked", at=now)])
    Call.objects.update(desk=org)
    MissedCall.objects.update(desk=org)
    number, missed = Call.objects.get().number, MissedCall.objects.get().pk
    return {
        "hotline:call": (number,),
        "hotline:listen": (number,),
        "hotline:recording": (number, 1),
        "hotline:settle_call": (number, "without"),
        "hotline:sound": (1,),
        "hotline:missed_call": (missed,),
        "hotline:sign_out_agent": (1,),
    }
