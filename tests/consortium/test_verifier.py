"""The offline verifier, run as the stranger runs it: what it proves, and that every forgery gets its own exit code."""

import json
import subprocess
import sys
from base64 import b64decode, b64encode
from pathlib import Path

import pytest
from tests.consortium.world import NAMES, charter, message, seals, signer

from yunshu.domains.ledger import rules
from yunshu.lib.consortium import evidence, machine
from yunshu.lib.consortium.charter import Charter, Member
from yunshu.lib.consortium.disk import Disk
from yunshu.lib.consortium.epochs import Head
from yunshu.lib.consortium.finality import Fault
from yunshu.lib.consortium.log import Log
from yunshu.lib.consortium.publishing import Published
from yunshu.lib.consortium.signing import Seals, together
from yunshu.lib.kernel import clock
from yunshu.lib.tlog.verifier_key import Kind

TOOL = Path(__file__).parents[2] / "tools" / "ledger_verify.py"
PROVEN, WRONG, UNREADABLE, TOO_FEW = range(4)
TEXT = rules.text_of(kind="test.done", subject="A-1", payload={"n": 1}, by="tester", at=clock.now())
SALT = bytes(range(32))
BODY = rules.body_of(TEXT, SALT, kind="test.done", org="445200-dsj", at=clock.now())


def receipt_of(folder: Path, genesis: Charter, signing: list[Seals], index: int = 4) -> bytes:
    """Return a receipt for entry 2 of a batch of nine, signed by ``signing``."""
    log = Log(Disk(folder / "log.sqlite"), genesis)
    log.apply(1, message(1, [BODY if n == 2 else b"entry %d" % n for n in range(9)]))
    block = log.apply(2, machine.cut_message(1, 2)).block
    assert block is not None
    words = [each.head(genesis, 1, block.head, 1_800_000_000) for each in signing]
    checkpoints = {"sha256": together(w.sha256 for w in words), "sm3": together(w.sm3 for w in words)}
    published = Published(folder / "public", genesis.ledger)
    published.advance(block.head, checkpoints, log.disk.leaves)
    (folder / "policy-sha256.txt").write_text(genesis.policy("sha256"))
    (folder / "policy-sm3.txt").write_text(genesis.policy("sm3"))
    return published.receipt(index, log.disk.leaves(index, index + 1)[0])


def verify(folder: Path, data: bytes, *more: str) -> tuple[int, str]:
    (folder / "file").write_bytes(data)
    words = [
        sys.executable,
        "-I",
        str(TOOL),
        str(folder / "file"),
        "--policy",
        str(folder / "policy-sha256.txt"),
        *more,
    ]
    found = subprocess.run(words, capture_output=True, text=True)
    assert not found.stderr
    return found.returncode, found.stdout


@pytest.fixture
def receipt(tmp_path: Path) -> bytes:
    return receipt_of(tmp_path, charter(), [seals(name) for name in NAMES[:3]])


def test_a_receipt_is_proven_under_both_trees_with_the_record_opened(tmp_path: Path, receipt: bytes) -> None:
    (tmp_path / "opened.json").write_text(json.dumps({"text": TEXT.decode(), "salt": SALT.hex()}))
    more = ["--policy-sm3", str(tmp_path / "policy-sm3.txt"), "--record", str(tmp_path / "opened.json")]
    code, said = verify(tmp_path, receipt, *more)
    assert code == PROVEN
    assert "存证属实" in said
    assert "bureau, finance, police" in said
    assert "SHA-256+SM3" in said
    assert verify(tmp_path, receipt)[0] == PROVEN

    (tmp_path / "opened.json").write_text(json.dumps({"text": TEXT.decode().replace("A-1", "A-2"), "salt": SALT.hex()}))
    assert verify(tmp_path, receipt, *more)[0] == WRONG


def changed(data: bytes, what: str) -> bytes:
    """Return the receipt with one thing in it changed."""
    lines = data.decode().split("\n")
    words = json.loads(b64decode(lines[1].removeprefix("extra ")))
    match what:
        case "leaf":
            words["leaf"] = b64encode(b64decode(words["leaf"]).replace(b"test", b"text")).decode()
        case "index":
            lines[2] = "index 5"
        case "path":
            lines[3] = b64encode(bytes(32)).decode()
        case "path too long":
            lines.insert(3, b64encode(bytes(32)).decode())
        case "path too short":
            del lines[3]
        case "root":
            at = lines.index("") + 3
            lines[at] = b64encode(bytes(32)).decode()
        case "origin":
            lines = [line.replace("ledger.test/1/", "ledger.text/1/") for line in lines]
        case "epoch":
            lines = [line.replace("ledger.test/1/", "ledger.test/2/") for line in lines]
        case "sm3":
            other = b64decode(words["sm3"]).decode().split("\n")
            other[2] = b64encode(bytes(32)).decode()
            words["sm3"] = b64encode("\n".join(other).encode()).decode()
    lines[1] = "extra " + b64encode(json.dumps(words).encode()).decode()
    return "\n".join(lines).encode()


@pytest.mark.parametrize(
    "what", ["leaf", "index", "path", "path too long", "path too short", "root", "origin", "epoch", "sm3"]
)
def test_whatever_is_changed_in_a_receipt_it_proves_nothing(tmp_path: Path, receipt: bytes, what: str) -> None:
    code, said = verify(tmp_path, changed(receipt, what), "--policy-sm3", str(tmp_path / "policy-sm3.txt"))
    assert code == WRONG
    assert "不能证明" in said


@pytest.mark.parametrize("data", [b"", b"hello\n", b"c2sp.org/tlog-proof@v1\nextra ?\n", b"\xff\xfe"])
def test_what_is_no_receipt_is_unreadable(tmp_path: Path, receipt: bytes, data: bytes) -> None:
    assert receipt
    assert verify(tmp_path, data)[0] == UNREADABLE


def test_too_few_cosignatures_are_no_quorum(tmp_path: Path) -> None:
    code, said = verify(tmp_path, receipt_of(tmp_path, charter(), [seals(name) for name in NAMES[:2]]))
    assert code == TOO_FEW
    assert "2" in said


def cosigning_with(kind: Kind) -> tuple[Charter, list[Seals]]:
    """Return a charter of members who cosign the SHA-256 tree with another kind of key."""
    signing = [
        Seals(name, seals(name).note, signer(name, kind, f"{name}-{kind.name}"), seals(name).sm3) for name in NAMES
    ]
    members = [Member(s.member, s.member, str(s.note.key), str(s.sha256.key), str(s.sm3.key)) for s in signing]
    return Charter("ledger.test", 0, tuple(members), dict(charter().submitters)), signing[:3]


def test_post_quantum_cosignatures_are_checked_too(tmp_path: Path) -> None:
    assert verify(tmp_path, receipt_of(tmp_path, *cosigning_with(Kind.ML_DSA_44_COSIGNATURE)))[0] == PROVEN


def test_a_kind_of_signature_it_does_not_know_is_named_and_never_counted(tmp_path: Path) -> None:
    genesis, signing = cosigning_with(Kind.ML_DSA_44_COSIGNATURE)
    receipt = receipt_of(tmp_path, genesis, signing)
    tool = TOOL.read_text().replace('b"\\x06": (MLDSA44PublicKey, message)', "")
    (tmp_path / "old.py").write_text(tool)
    (tmp_path / "file").write_bytes(receipt)
    words = [sys.executable, "-I", str(tmp_path / "old.py"), str(tmp_path / "file")]
    found = subprocess.run([*words, "--policy", str(tmp_path / "policy-sha256.txt")], capture_output=True, text=True)
    assert found.returncode == TOO_FEW
    assert "无法核验：bureau, finance, police" in found.stdout


def test_evidence_of_two_heads_convicts_and_evidence_of_one_does_not(tmp_path: Path, receipt: bytes) -> None:
    assert receipt
    one, other = (
        seals("police").head(charter(), 1, Head(9, *[b64encode(w * 32).decode()] * 2), 7) for w in (b"a", b"b")
    )
    code, said = verify(tmp_path, evidence.of_fault(charter(), Fault("equivocation", one, other)).encode())
    assert (code, "police" in said) == (PROVEN, True)
    assert verify(tmp_path, evidence.of_fault(charter(), Fault("equivocation", one, one)).encode())[0] == WRONG


def test_it_is_one_file_of_at_most_two_hundred_lines_that_needs_nothing_else() -> None:
    text = TOOL.read_text()
    assert len(text.splitlines()) <= 200
    imported = {
        line.split()[1].split(".")[0] for line in text.splitlines() if line.strip().startswith(("import ", "from "))
    }
    assert imported - set(sys.stdlib_module_names) == {"cryptography"}
