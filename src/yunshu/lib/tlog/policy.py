"""Trust policies (c2sp.org/tlog-policy): whose signatures a checkpoint needs, as a file that anyone can read.

    log <verifier key> [<url>]
    witness <name> <verifier key> [<url>]
    group <name> <k>|any|all <member>...
    quorum <name>|none

``parse_policy`` reads a file, ``Policy.format`` writes one, ``evaluate`` answers whether a signed checkpoint satisfies
it. Only signatures that were checked count; a kind that this machine cannot check is named and never counted.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from yunshu.lib.tlog.errors import TlogError
from yunshu.lib.tlog.verifier_key import Kind, VerifierKey, parse_verifier_key

NONE = "none"
MOST_BYTES = 1_000_000
_FORBIDDEN = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]")
_THRESHOLD = re.compile(r"[1-9][0-9]{0,5}", re.ASCII)


@dataclass(frozen=True)
class PolicyLog:
    """A log whose checkpoints are accepted. Its key's name is its origin."""

    key: VerifierKey
    url: str = ""


@dataclass(frozen=True)
class Witness:
    """A cosigner. ``name`` has a meaning inside the policy only."""

    name: str
    key: VerifierKey
    url: str = ""


@dataclass(frozen=True)
class Group:
    """``threshold`` of the ``members``, each a witness or an earlier group."""

    name: str
    threshold: int
    members: tuple[str, ...]


@dataclass(frozen=True)
class Policy:
    """A policy, its parts in an order in which nothing is used before it is defined."""

    logs: tuple[PolicyLog, ...] = ()
    witnesses: tuple[Witness, ...] = ()
    groups: tuple[Group, ...] = ()
    quorum: str = NONE

    def __post_init__(self) -> None:
        """Raise TlogError (``malformed``) unless the format allows this policy."""
        _require_distinct([log.key.public_raw for log in self.logs], "two logs have the same key")
        _require_distinct([each.key.public_raw for each in self.witnesses], "two witnesses have the same key")
        for witness in self.witnesses:
            if witness.key.kind is Kind.ED25519:
                raise TlogError("malformed", f"the key of witness {witness.name!r} is not one for cosignatures")
        defined = [each.name for each in self.witnesses]
        for group in self.groups:
            _require_group(group, defined)
            defined.append(group.name)
        _require_distinct(defined, "a name is defined twice")
        _require_distinct([name for group in self.groups for name in group.members], "a name is a member twice")
        if NONE in defined or any(not _is_word(name) for name in defined):
            raise TlogError("malformed", "a name is a word, and not 'none'")
        if self.quorum != NONE and self.quorum not in defined:
            raise TlogError("malformed", f"the quorum {self.quorum!r} is not defined")

    def keys(self) -> tuple[VerifierKey, ...]:
        """Return every key that the policy knows."""
        return (*(log.key for log in self.logs), *(witness.key for witness in self.witnesses))

    def reached_by(self, cosigners: Iterable[str]) -> bool:
        """Tell whether the witnesses named ``cosigners`` are a quorum."""
        present = set(cosigners)
        for group in self.groups:
            if sum(member in present for member in group.members) >= group.threshold:
                present.add(group.name)
        return self.quorum == NONE or self.quorum in present

    def format(self) -> bytes:
        """Return the policy as a file."""
        lines = [f"log {log.key} {log.url}".rstrip() for log in self.logs]
        lines += [f"witness {each.name} {each.key} {each.url}".rstrip() for each in self.witnesses]
        lines += [f"group {each.name} {each.threshold} {' '.join(each.members)}" for each in self.groups]
        lines.append(f"quorum {self.quorum}")
        return "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogateescape")


def parse_policy(data: bytes) -> Policy:
    """Return the policy of a file; raise TlogError (``malformed``) with the number of the line that is wrong."""
    if len(data) > MOST_BYTES or _FORBIDDEN.search(data):
        raise TlogError("malformed", "a policy is a text of a megabyte at most, without control characters")
    if data and not data.endswith(b"\n"):
        raise TlogError("malformed", "every line of a policy ends in a newline, the last one too")
    reading = _Reading()
    for number, line in enumerate(data.decode("utf-8", "surrogateescape").split("\n")[:-1], 1):
        words = [word for word in re.split(r"[ \t]+", line) if word]
        if words and not words[0].startswith("#"):
            try:
                reading.take(words)
            except TlogError as error:
                raise TlogError("malformed", f"line {number}: {error}") from error
    return reading.policy()


@dataclass
class _Reading:
    """A policy while it is read, line by line."""

    logs: list[PolicyLog] = field(default_factory=list)
    witnesses: list[Witness] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    quorum: str | None = None

    def take(self, words: list[str]) -> None:
        lines: dict[str, Callable[[list[str]], None]] = {
            "log": self._log,
            "witness": self._witness,
            "group": self._group,
            "quorum": self._quorum,
        }
        line = lines.get(words[0])
        if line is None:
            raise TlogError("malformed", f"a line begins with one of {', '.join(lines)}, not {words[0]!r}")
        line(words[1:])

    def policy(self) -> Policy:
        if self.quorum is None:
            raise TlogError("malformed", "a policy has one quorum line")
        return Policy(tuple(self.logs), tuple(self.witnesses), tuple(self.groups), self.quorum)

    def _log(self, words: list[str]) -> None:
        if not 1 <= len(words) <= 2:
            raise TlogError("malformed", "log <verifier key> [<url>]")
        self.logs.append(PolicyLog(parse_verifier_key(words[0]), *words[1:]))

    def _witness(self, words: list[str]) -> None:
        if not 2 <= len(words) <= 3:
            raise TlogError("malformed", "witness <name> <verifier key> [<url>]")
        self.witnesses.append(Witness(words[0], parse_verifier_key(words[1]), *words[2:]))

    def _group(self, words: list[str]) -> None:
        if len(words) < 3:
            raise TlogError("malformed", "group <name> <k>|any|all <member>...")
        name, threshold, *members = words
        group = Group(name, _threshold(threshold, len(members)), tuple(members))
        _require_group(group, self._defined())
        self.groups.append(group)

    def _quorum(self, words: list[str]) -> None:
        if len(words) != 1 or self.quorum is not None:
            raise TlogError("malformed", "quorum <name>, once")
        if words[0] != NONE and words[0] not in self._defined():
            raise TlogError("malformed", f"{words[0]!r} is not defined on an earlier line")
        self.quorum = words[0]

    def _defined(self) -> list[str]:
        return [witness.name for witness in self.witnesses] + [group.name for group in self.groups]


def _threshold(text: str, members: int) -> int:
    if text in ("any", "all"):
        return 1 if text == "any" else members
    if not _THRESHOLD.fullmatch(text):
        raise TlogError("malformed", f"a threshold is a number, 'any' or 'all', not {text!r}")
    return int(text)


def _require_group(group: Group, defined: list[str]) -> None:
    if not 1 <= group.threshold <= len(group.members):
        raise TlogError("malformed", f"group {group.name!r} wants {group.threshold} of {len(group.members)}")
    for member in group.members:
        if member not in defined:
            raise TlogError("malformed", f"{member!r} is not defined on an earlier line")


def _require_distinct(items: list[str] | list[bytes], message: str) -> None:
    if len(set(items)) != len(items):
        raise TlogError("malformed", message)


def _is_word(name: str) -> bool:
    return bool(name) and not any(character in " \t\n" for character in name)
