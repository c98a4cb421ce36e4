"""Evidence files: what convicts a member, or shows that two members do not agree. Self-contained text.

    yunshu ledger evidence v1
    kind equivocation
    ledger <name>
    two signed notes, each after its length in bytes

Two heads of one size with one member's signature under both: nobody else could have made them. The offline verifier
(``tools/ledger_verify.py``) reads these files.
"""

from yunshu.lib.consortium.charter import Charter
from yunshu.lib.consortium.finality import Cosigned, Fault
from yunshu.lib.consortium.leaves import Malformed
from yunshu.lib.consortium.signing import check_word

HEADER = "yunshu ledger evidence v1"


def write(kind: str, ledger: str, notes: list[str]) -> str:
    """Return the file."""
    parts = [f"{HEADER}\nkind {kind}\nledger {ledger}\n"]
    parts += [f"note {len(note.encode())}\n{note}" for note in notes]
    return "".join(parts)


def of_fault(charter: Charter, fault: Fault) -> str:
    """Return the file of two words that do not fit together: the four checkpoints."""
    notes = [fault.one.sha256, fault.other.sha256, fault.one.sm3, fault.other.sm3]
    return write(fault.kind, charter.ledger, notes)


def read(text: str) -> tuple[str, str, list[str]]:
    """Return kind, ledger and notes of a file; raise Malformed."""
    data = text.encode()
    try:
        header, kind, ledger, rest = data.split(b"\n", 3)
    except ValueError as error:
        raise Malformed("not an evidence file") from error
    if header.decode() != HEADER or not kind.startswith(b"kind ") or not ledger.startswith(b"ledger "):
        raise Malformed("not an evidence file")
    notes = []
    while rest:
        line, newline, rest = rest.partition(b"\n")
        length = line.removeprefix(b"note ")
        if not newline or not length.isdigit() or int(length) > len(rest):
            raise Malformed("an evidence file cut short")
        notes.append(rest[: int(length)].decode())
        rest = rest[int(length) :]
    return kind[5:].decode(), ledger[7:].decode(), notes


def convicted(charter: Charter, text: str) -> str:
    """Return the member that ``text`` convicts of signing two histories; raise Malformed if it convicts nobody."""
    kind, ledger, notes = read(text)
    if kind != "equivocation" or ledger != charter.ledger or len(notes) != 4:
        raise Malformed("this evidence convicts nobody by itself")
    for member in (*charter.members, *charter.witnesses):
        try:
            one = check_word(charter, member, notes[0], notes[2])
            other = check_word(charter, member, notes[1], notes[3])
        except Malformed:
            continue
        if _differ(one, other):
            return member.name
    raise Malformed("no member signed both heads")


def _differ(one: Cosigned, other: Cosigned) -> bool:
    return (one.epoch, one.head.size) == (other.epoch, other.head.size) and one.head != other.head
