"""Is a signed checkpoint good under a policy? (c2sp.org/tlog-policy, "What is a policy?")

It is if one of the policy's logs signed it and the cosigners whose signatures were checked are a quorum.
"""

from dataclasses import dataclass

from yunshu.lib.tlog.checkpoint import SignedCheckpoint
from yunshu.lib.tlog.errors import TlogError
from yunshu.lib.tlog.opening import Opened, examine_note
from yunshu.lib.tlog.policy import Policy


@dataclass(frozen=True)
class Cosigned:
    """A witness of the policy whose cosignature was checked, and the time it states (POSIX seconds)."""

    name: str
    time_s: int


@dataclass(frozen=True)
class Verdict:
    """What was found. ``unchecked``: names whose signatures this machine cannot check; they do not count.

    ``final_at_s`` is the earliest time by which a quorum had cosigned, None without one. It is what the cosigners say.
    """

    log_signed: bool
    quorum_reached: bool
    cosigned: tuple[Cosigned, ...]
    unchecked: tuple[str, ...]
    final_at_s: int | None

    @property
    def good(self) -> bool:
        """Whether the policy is satisfied."""
        return self.log_signed and self.quorum_reached

    def require(self) -> None:
        """Raise TlogError unless ``good``: ``unsigned`` without the log's signature, ``quorum`` without a quorum."""
        if not self.log_signed:
            raise TlogError("unsigned", "no log of the policy signed this checkpoint")
        if not self.quorum_reached:
            names = ", ".join(each.name for each in self.cosigned) or "nobody"
            raise TlogError("quorum", f"cosigned by {names}: not a quorum")


def evaluate(policy: Policy, signed: SignedCheckpoint, *, origin: str | None = None) -> Verdict:
    """Return the verdict on ``signed``.

    ``origin``: the log one expects. It must be given for a policy that names no log. Raises TlogError:
    ``wrong_origin`` if the checkpoint is of another log, ``bad_signature`` if a known key's signature does not fit,
    ``malformed`` if neither policy nor caller says which log.
    """
    found = signed.checkpoint.origin
    if origin is not None and found != origin:
        raise TlogError("wrong_origin", f"this is a checkpoint of {found!r}, not of {origin!r}")
    if origin is None and not policy.logs:
        raise TlogError("malformed", "the policy names no log: say which one is meant")
    opened = examine_note(signed.note, policy.keys())
    verified = {each.key for each in opened.verified}
    log_signed = not policy.logs or any(log.key in verified and log.key.name == found for log in policy.logs)
    cosigned = _cosigned(policy, opened)
    reached = policy.reached_by(each.name for each in cosigned)
    unchecked = tuple(key.name for key in opened.unchecked)
    return Verdict(log_signed, reached, cosigned, unchecked, _final_at(policy, cosigned) if reached else None)


def _cosigned(policy: Policy, opened: Opened) -> tuple[Cosigned, ...]:
    times = {each.key: each.time_s for each in opened.verified}
    found = ((witness.name, times.get(witness.key)) for witness in policy.witnesses)
    return tuple(Cosigned(name, time_s) for name, time_s in found if time_s is not None)


def _final_at(policy: Policy, cosigned: tuple[Cosigned, ...]) -> int | None:
    for limit in sorted({each.time_s for each in cosigned}):
        if policy.reached_by(each.name for each in cosigned if each.time_s <= limit):
            return limit
    return None
