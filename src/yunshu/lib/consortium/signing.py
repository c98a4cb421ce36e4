"""What a member signs, and checking what the others signed: heads, votes, charters, observations.

A head is two checkpoints, one a hash. Under each stands the member's cosignature and, so that tools that expect a log's
own signature are content, its signature as the log: any member's counts, nobody owns the log.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from yunshu.lib.consortium.charter import Charter, Member
from yunshu.lib.consortium.epochs import Head, Vote, read_vote
from yunshu.lib.consortium.finality import Cosigned
from yunshu.lib.consortium.leaves import Malformed, canonical, parse
from yunshu.lib.tlog import base64text
from yunshu.lib.tlog.checkpoint import Checkpoint, SignedCheckpoint, parse_signed_checkpoint
from yunshu.lib.tlog.cosignature import NoteSigner
from yunshu.lib.tlog.errors import TlogError
from yunshu.lib.tlog.note import Note, parse_note
from yunshu.lib.tlog.opening import examine_note
from yunshu.lib.tlog.verifier_key import Kind, VerifierKey, parse_verifier_key, verifier_key

OBSERVATION = "yunshu/observation/v1"


@dataclass(frozen=True)
class Seals:
    """One member's three keys, ready to sign."""

    member: str
    note: NoteSigner
    sha256: NoteSigner
    sm3: NoteSigner

    def head(self, charter: Charter, epoch: int, head: Head, time_s: int) -> Cosigned:
        """Sign a head under both hashes."""
        notes = {}
        for name, signer in (("sha256", self.sha256), ("sm3", self.sm3)):
            origin = charter.origin(epoch, name)
            checkpoint = Checkpoint(origin, head.size, base64text.decode(getattr(head, name)))
            as_log = NoteSigner(log_key(origin, self.note.key), self.note.sign)
            lines = [each.sign_checkpoint(checkpoint, time_s=time_s) for each in (as_log, signer)]
            notes[name] = SignedCheckpoint.of(checkpoint, *lines).format().decode()
        return Cosigned(self.member, epoch, head, notes["sha256"], notes["sm3"])

    def text(self, text: str) -> str:
        """Sign a statement: a vote, a charter, an observation."""
        return Note(text, (self.note.sign_text(text),)).format().decode()


def log_key(origin: str, key: VerifierKey) -> VerifierKey:
    """Return a member's note key under the log's name."""
    return verifier_key(origin, Kind.ED25519, key.public_raw)


@lru_cache(maxsize=512)
def key_of(line: str) -> VerifierKey:
    """Read a verifier key; raise Malformed."""
    try:
        return parse_verifier_key(line)
    except TlogError as error:
        raise Malformed(str(error)) from error


def verify(key: str, signature: bytes, message: bytes) -> bool:
    """Say whether ``signature`` is ``key``'s of ``message``: how batches are signed."""
    public = key_of(key).public
    return public is not None and public.verify(signature, message)


def signers_of(note: str, members: Iterable[Member]) -> set[str]:
    """Return the members whose note key signed ``note``; raise Malformed if one's signature does not fit."""
    keys = {key_of(member.note): member.name for member in members}
    try:
        opened = examine_note(parse_note(note.encode()), keys)
    except TlogError as error:
        raise Malformed(str(error)) from error
    return {keys[each.key] for each in opened.verified}


def approved(charter: Charter, note: str) -> bool:
    """Say whether a quorum of ``charter``'s members signed ``note``."""
    return len(signers_of(note, charter.members)) >= charter.quorum


def text_of(note: str) -> str:
    """Return the text of a signed note; raise Malformed."""
    try:
        return parse_note(note.encode()).text
    except TlogError as error:
        raise Malformed(str(error)) from error


def votes_of(charter: Charter, notes: Iterable[str]) -> list[tuple[str, Vote]]:
    """Return (member, vote) of each signed vote; raise Malformed unless each is signed by one member."""
    found = []
    for note in notes:
        signers = signers_of(note, charter.members)
        if len(signers) != 1:
            raise Malformed("a vote is signed by one member")
        found.append((signers.pop(), read_vote(text_of(note))))
    return found


def word_message(word: Cosigned) -> bytes:
    """Return a member's word on a head as it travels."""
    return canonical({"member": word.member, "sha256": word.sha256, "sm3": word.sm3})


def read_word(charter: Charter, message: bytes) -> Cosigned:
    """Take a travelling word apart and check both cosignatures; raise Malformed with what is wrong."""
    words = parse(message)
    member = charter.member(str(words.get("member")))
    if member is None:
        raise Malformed("not a member's word")
    return check_word(charter, member, str(words.get("sha256")), str(words.get("sm3")))


def check_word(charter: Charter, member: Member, sha256: str, sm3: str) -> Cosigned:
    """Return a member's verified word; raise Malformed if a signature is missing, does not fit or cannot be checked."""
    try:
        checkpoints = {"sha256": parse_signed_checkpoint(sha256.encode()), "sm3": parse_signed_checkpoint(sm3.encode())}
        for name, signed in checkpoints.items():
            key = key_of(str(getattr(member, name)))
            if not any(each.key == key for each in examine_note(signed.note, [key]).verified):
                raise Malformed(f"{member.name} has not signed the {name} head, or it cannot be checked here")
    except TlogError as error:
        raise Malformed(str(error)) from error
    one, two = (signed.checkpoint for signed in checkpoints.values())
    epoch = epoch_of(charter, one.origin)
    if one.size != two.size or (one.origin, two.origin) != tuple(charter.origin(epoch, n) for n in ("sha256", "sm3")):
        raise Malformed("the two heads do not belong together")
    head = Head(one.size, base64text.encode(one.root), base64text.encode(two.root))
    return Cosigned(member.name, epoch, head, sha256, sm3)


def epoch_of(charter: Charter, origin: str) -> int:
    """Return the epoch an origin names; raise Malformed if it is not this log's."""
    name, _, rest = origin.removeprefix(charter.ledger).partition("/")
    epoch = rest.split("/")[0]
    if not origin.startswith(charter.ledger) or name or not epoch.isascii() or not epoch.isdigit():
        raise Malformed(f"{origin} is not a head of {charter.ledger}")
    return int(epoch)


def together(notes: Iterable[str]) -> str:
    """Return one checkpoint with the signatures of several members' notes over the same text."""
    first, *others = [parse_signed_checkpoint(note.encode()) for note in notes]
    lines = [line for each in others for line in each.note.signatures]
    return first.with_signatures(*lines).format().decode()


def observation(ledger: str, kind: str, detail: str, at: str) -> str:
    """Return what a member signs when it sees something that only it can tell: a stream that went back."""
    return f"{OBSERVATION}\n{ledger}\n{kind}\n{at}\n{' '.join(detail.split())}\n"
