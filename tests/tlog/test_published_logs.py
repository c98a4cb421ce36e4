"""Logs that others made: their heads open with their keys, and our tree over their entries has their roots."""

from pathlib import Path

import pytest

from yunshu.lib.tlog import proving, verifying
from yunshu.lib.tlog.checkpoint import parse_signed_checkpoint
from yunshu.lib.tlog.errors import TlogError
from yunshu.lib.tlog.memory import MemoryTree
from yunshu.lib.tlog.note import Note, NoteSignature
from yunshu.lib.tlog.opening import open_note
from yunshu.lib.tlog.verifier_key import Kind, parse_verifier_key

NOTES = Path(__file__).parent.parent / "vectors" / "notes"
# transparency-dev/tessera testdata/build_log.sh: the entries of the log, as they are spelt there, and its key
WORDS = [
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eit",
    "nain",
    "ten",
    "ileven",
    "twelf",
    "threeten",
    "fourten",
    "fivten",
]
TESSERA = parse_verifier_key("example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx")


def head(name):
    return parse_signed_checkpoint((NOTES / name).read_bytes())


@pytest.mark.parametrize("size", [7, 15])
def test_tesseras_log_has_the_root_of_its_entries(size):
    signed, tree = head(f"tessera-testdata-{size}.txt"), MemoryTree()
    tree.append_many(word.encode() for word in WORDS[:size])
    open_note(signed.note, [TESSERA])
    assert (signed.checkpoint.size, signed.checkpoint.root) == (size, tree.root())


def test_tesseras_later_head_continues_the_earlier_one():
    old, new, tree = head("tessera-testdata-7.txt").checkpoint, head("tessera-testdata-15.txt").checkpoint, MemoryTree()
    tree.append_many(word.encode() for word in WORDS)
    verifying.verify_consistency(7, 15, proving.prove_consistency(tree, 7, 15), old.root, new.root)


def test_torchwoods_ml_dsa_log_signs_what_we_say_it_signs():
    key = parse_verifier_key((NOTES / "ml-dsa-44-log.vkey").read_text().strip())
    signed = head("ml-dsa-44-log.txt")
    (verified,) = open_note(signed.note, [key]).verified
    assert key.kind is Kind.ML_DSA_44_COSIGNATURE
    assert verified.time_s == 0
    assert signed.format() == (NOTES / "ml-dsa-44-log.txt").read_bytes()

    (made,) = signed.note.signatures
    later = NoteSignature(made.name, made.key_id, made.signature[:7] + b"\x01" + made.signature[8:])
    with pytest.raises(TlogError, match="does not fit"):
        open_note(Note(signed.note.text, (later,)), [key])
