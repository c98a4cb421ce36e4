"""Every published Merkle vector: the good ones are accepted, the bad ones refused with the documented error."""

import base64
import json
from pathlib import Path

import pytest

from yunshu.lib.tlog import verifying
from yunshu.lib.tlog.errors import TlogError

VECTORS = Path(__file__).parent.parent / "vectors" / "merkle"
KINDS = ("inclusion", "consistency", "subtreeinclusion", "subtreeconsistency")
CASES = [
    (kind, name, case) for kind in KINDS for name, case in json.loads((VECTORS / f"{kind}.json").read_text()).items()
]


def bytes_of(text):
    return base64.b64decode(text or "")


def verify(kind, case):
    """Call the verifier that the vector is for."""
    proof = [bytes_of(each) for each in case["proof"] or []]
    roots = [bytes_of(case[name]) for name in ("root1", "root2", "root") if name in case]
    leaf = bytes_of(case.get("leafHash"))
    calls = {
        "inclusion": lambda: verifying.verify_inclusion(leaf, case["leafIdx"], case["treeSize"], proof, *roots),
        "consistency": lambda: verifying.verify_consistency(case["size1"], case["size2"], proof, *roots),
        "subtreeinclusion": lambda: verifying.verify_subtree_inclusion(
            leaf, case["leafIdx"], case["start"], case["end"], proof, *roots
        ),
        "subtreeconsistency": lambda: verifying.verify_subtree_consistency(
            case["start"], case["end"], case["size"], proof, *roots
        ),
    }
    calls[kind]()


def test_the_published_set_is_whole():
    assert len(CASES) == 518


@pytest.mark.parametrize(("kind", "case"), [pytest.param(k, c, id=f"{k}-{n}") for k, n, c in CASES if not c["wantErr"]])
def test_a_published_good_proof_is_accepted(kind, case):
    verify(kind, case)


@pytest.mark.parametrize(("kind", "case"), [pytest.param(k, c, id=f"{k}-{n}") for k, n, c in CASES if c["wantErr"]])
def test_a_published_bad_proof_is_refused(kind, case):
    with pytest.raises(TlogError):
        verify(kind, case)


def test_a_proof_from_the_empty_tree_is_refused():
    with pytest.raises(TlogError, match="subtree"):
        verifying.verify_consistency(0, 8, [], b"\0" * 32, b"\0" * 32)


def test_a_leaf_hash_of_another_length_is_refused():
    with pytest.raises(TlogError, match="32 bytes"):
        verifying.verify_inclusion(b"", 0, 1, [], b"")
