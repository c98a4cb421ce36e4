"""The verifier of the receipt page, run by Node: it says of every receipt and forgery what the offline verifier says."""

import json
import subprocess
from base64 import b64decode, b64encode
from pathlib import Path
from typing import Any

import pytest
from tests import node
from tests.consortium.test_verifier import (
    BODY,
    PROVEN,
    SALT,
    TEXT,
    TOO_FEW,
    UNREADABLE,
    WRONG,
    changed,
    cosigning_with,
    receipt_of,
)
from tests.consortium.world import NAMES, charter, seals

from yunshu.lib.consortium import evidence
from yunshu.lib.consortium.epochs import Head
from yunshu.lib.consortium.finality import Fault
from yunshu.lib.tlog.verifier_key import Kind

PAGE = Path(__file__).parents[2] / "frontend" / "ledger" / "cli.mjs"
FORGERIES = {
    "leaf": "bad_path",
    "index": "bad_path",
    "path": "bad_path",
    "path too long": "bad_path",
    "path too short": "bad_path",
    "root": "bad_signature",
    "origin": "other_ledger",
    "epoch": "bad_signature",
    "sm3": "bad_path",
}
pytestmark = pytest.mark.slow


def verify(folder: Path, data: bytes, *more: str, policies: tuple[str, ...] = ("sha256", "sm3")) -> tuple[int, Any]:
    (folder / "file").write_bytes(data)
    words = ["node", str(PAGE), str(folder / "file"), *(str(folder / f"policy-{name}.txt") for name in policies), *more]
    found = subprocess.run(words, capture_output=True, text=True, env=node.environment())
    assert not found.stderr, found.stderr
    return found.returncode, json.loads(found.stdout)


@pytest.fixture
def receipt(tmp_path: Path) -> bytes:
    return receipt_of(tmp_path, charter(), [seals(name) for name in NAMES[:3]])


def test_a_receipt_is_proven_under_both_trees_with_the_record_opened(tmp_path: Path, receipt: bytes) -> None:
    opened = tmp_path / "opened.json"
    opened.write_text(json.dumps({"text": TEXT.decode(), "salt": SALT.hex()}))
    code, said = verify(tmp_path, receipt, "--record", str(opened))
    assert (code, said["index"], said["size"]) == (PROVEN, 4, 13)
    assert said["cosigners"] == ["bureau", "finance", "police"]
    assert (said["trees"], said["finalAt"], said["opened"]) == (["sha256", "sm3"], 1_800_000_000, True)
    assert verify(tmp_path, receipt, policies=("sha256",))[1]["trees"] == ["sha256"]

    opened.write_text(json.dumps({"text": TEXT.decode().replace("A-1", "A-2"), "salt": SALT.hex()}))
    assert verify(tmp_path, receipt, "--record", str(opened)) == (WRONG, {"code": "bad_record"})


@pytest.mark.parametrize("what", FORGERIES)
def test_whatever_is_changed_in_a_receipt_it_proves_nothing(tmp_path: Path, receipt: bytes, what: str) -> None:
    code, said = verify(tmp_path, changed(receipt, what))
    assert (code, said["code"]) == (WRONG, FORGERIES[what])


@pytest.mark.parametrize("data", [b"", b"hello\n", b"c2sp.org/tlog-proof@v1\nextra ?\n", b"\xff\xfe", b"x" * 300_000])
def test_what_is_no_receipt_is_unreadable(tmp_path: Path, receipt: bytes, data: bytes) -> None:
    assert receipt
    assert verify(tmp_path, data)[0] == UNREADABLE


def test_too_few_cosignatures_are_no_quorum(tmp_path: Path) -> None:
    code, said = verify(tmp_path, receipt_of(tmp_path, charter(), [seals(name) for name in NAMES[:2]]))
    assert (code, said) == (TOO_FEW, {"code": "too_few", "fit": 2, "must": 3, "unchecked": []})


def test_post_quantum_cosignatures_are_checked_too(tmp_path: Path) -> None:
    receipt = receipt_of(tmp_path, *cosigning_with(Kind.ML_DSA_44_COSIGNATURE))
    assert verify(tmp_path, receipt)[0] == PROVEN


def test_evidence_of_two_heads_convicts_and_evidence_of_one_does_not(tmp_path: Path, receipt: bytes) -> None:
    assert receipt
    one, other = (
        seals("police").head(charter(), 1, Head(9, *[b64encode(w * 32).decode()] * 2), 7) for w in (b"a", b"b")
    )
    file = evidence.of_fault(charter(), Fault("equivocation", one, other)).encode()
    assert verify(tmp_path, file) == (PROVEN, {"origin": "ledger.test/1/sha256", "size": 9, "members": ["police"]})
    same = evidence.of_fault(charter(), Fault("equivocation", one, one)).encode()
    assert verify(tmp_path, same) == (WRONG, {"code": "convicts_nobody"})
    assert verify(tmp_path, file[:-200])[0] == UNREADABLE


def test_a_twin_of_another_place_is_not_taken(tmp_path: Path, receipt: bytes) -> None:
    lines = receipt.decode().split("\n")
    words = json.loads(b64decode(lines[1].removeprefix("extra ")))
    assert BODY in b64decode(words["leaf"])
    words["sm3"] = b64encode(b64decode(words["sm3"]).replace(b"index 4", b"index 6")).decode()
    lines[1] = "extra " + b64encode(json.dumps(words).encode()).decode()
    assert verify(tmp_path, "\n".join(lines).encode())[0] == WRONG
