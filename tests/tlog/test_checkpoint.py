"""Checkpoints and their cosignatures: three kinds, bound to the text, the time and the cosigner."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yunshu.lib.crypto import keys
from yunshu.lib.tlog.checkpoint import (
    Checkpoint,
    SignedCheckpoint,
    parse_checkpoint,
    parse_signed_checkpoint,
)
from yunshu.lib.tlog.cosignature import NoteSigner, cosigned_message, signed_message
from yunshu.lib.tlog.errors import TlogError
from yunshu.lib.tlog.note import NoteSignature
from yunshu.lib.tlog.opening import open_note
from yunshu.lib.tlog.verifier_key import Kind, parse_verifier_key, verifier_key

# C2SP/C2SP tlog-cosignature.md and tlog-checkpoint.md: the example without its (unpublished) keys
EXAMPLE = (
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "— example.com/behind-the-sofa "
    "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
    "— witness.example.com/w1 "
    "jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n"
).encode()
ORIGINS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=30)
CHECKPOINTS = st.builds(
    Checkpoint,
    ORIGINS,
    st.integers(0, 2**63 - 1),
    st.binary(min_size=32, max_size=32),
    st.lists(ORIGINS, max_size=2).map(tuple),
)
KINDS = {kind: keys.generate(kind.algorithm) for kind in Kind}
SIGNERS = {kind: NoteSigner(verifier_key("org.example", kind, key.public.raw), key.sign) for kind, key in KINDS.items()}


def test_the_published_example_is_read_and_written():
    signed = parse_signed_checkpoint(EXAMPLE)
    assert signed.checkpoint.origin == "example.com/behind-the-sofa"
    assert signed.checkpoint.size == 20852163
    assert int.from_bytes(signed.note.signatures[1].signature[:8], "big") == 1679315147
    assert signed.format() == EXAMPLE


def test_the_message_of_a_cosignature_is_the_published_one():
    signed = parse_signed_checkpoint(EXAMPLE)
    message = signed_message(SIGNERS[Kind.ED25519_COSIGNATURE].key, signed.note.text, 1679315147)
    assert message == (
        b"cosignature/v1\ntime 1679315147\nexample.com/behind-the-sofa\n20852163\n"
        b"CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    )


def test_the_structure_that_ml_dsa_signs_is_laid_out_as_published():
    message = cosigned_message("w", "log", start=0, end=258, root=b"r" * 32, time_s=1)
    assert message == (
        b"subtree/v1\n\0" + b"\x01w" + bytes(7) + b"\x01" + b"\x03log" + bytes(8) + bytes(6) + b"\x01\x02" + b"r" * 32
    )


@given(CHECKPOINTS)
def test_what_is_written_is_read_again(checkpoint):
    assert parse_checkpoint(checkpoint.text()) == checkpoint


@given(st.text(max_size=120))
def test_anything_else_is_refused_with_the_one_error(text):
    with suppress(TlogError):
        assert parse_checkpoint(text).text() == text


ROOT = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="


@pytest.mark.parametrize(
    "text",
    [
        f"log\n1\n{ROOT}",
        f"\n1\n{ROOT}\n",
        f"log\n01\n{ROOT}\n",
        f"log\n-1\n{ROOT}\n",
        f"log\n+1\n{ROOT}\n",
        f"log\n１\n{ROOT}\n",
        f"log\n9223372036854775808\n{ROOT}\n",
        f"log\n\n{ROOT}\n",
        f"log\n1\n{ROOT}\n\n",
        f"log\n1\n{ROOT[:-4]}\n",
        f"log\n1\n{ROOT[:-1]}\n",
        "log\n1\n",
        f"log\r\n1\n{ROOT}\n",
    ],
)
def test_a_malformed_checkpoint_is_refused(text):
    with pytest.raises(TlogError) as refusal:
        parse_checkpoint(text)
    assert refusal.value.code == "malformed"


@pytest.mark.parametrize("kind", list(Kind))
def test_a_signature_of_each_kind_opens_and_survives_the_file(kind):
    checkpoint = Checkpoint("city.example/sha256", 7, b"r" * 32)
    signer = SIGNERS[kind]
    signed = SignedCheckpoint.of(checkpoint, signer.sign_checkpoint(checkpoint, time_s=1_700_000_000))
    again = parse_signed_checkpoint(signed.format())
    (verified,) = open_note(again.note, [parse_verifier_key(str(signer.key))]).verified
    assert again.checkpoint == checkpoint
    assert verified.time_s == (1_700_000_000 if kind.is_cosignature else None)


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("bit", [0, 8 * 7, 8 * 8, 8 * 40, 8 * 63 + 7])
def test_no_bit_of_a_signature_can_be_changed(kind, bit):
    checkpoint = Checkpoint("city.example/sha256", 7, b"r" * 32)
    made = SIGNERS[kind].sign_checkpoint(checkpoint, time_s=1_700_000_000)
    raw = bytearray(made.signature)
    raw[bit // 8] ^= 1 << bit % 8
    signed = SignedCheckpoint.of(checkpoint, NoteSignature(made.name, made.key_id, bytes(raw)))
    with pytest.raises(TlogError):
        open_note(signed.note, [SIGNERS[kind].key])


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize(
    "other",
    [
        Checkpoint("city.example/sm3", 7, b"r" * 32),
        Checkpoint("city.example/sha256", 8, b"r" * 32),
        Checkpoint("city.example/sha256", 7, b"s" * 32),
    ],
)
def test_a_signature_is_of_one_checkpoint_only(kind, other):
    made = SIGNERS[kind].sign_checkpoint(Checkpoint("city.example/sha256", 7, b"r" * 32), time_s=1)
    with pytest.raises(TlogError) as refusal:
        open_note(SignedCheckpoint.of(other, made).note, [SIGNERS[kind].key])
    assert refusal.value.code == "bad_signature"


@pytest.mark.parametrize("kind", [Kind.ML_DSA_44_COSIGNATURE, Kind.SM2_COSIGNATURE])
def test_a_structured_cosignature_commits_to_the_cosigners_name(kind):
    checkpoint = Checkpoint("city.example/sha256", 7, b"r" * 32)
    made = SIGNERS[kind].sign_checkpoint(checkpoint, time_s=1)
    other = verifier_key("other.example", kind, KINDS[kind].public.raw)
    note = SignedCheckpoint.of(checkpoint, NoteSignature(other.name, other.key_id, made.signature)).note
    with pytest.raises(TlogError):
        open_note(note, [other])


@pytest.mark.parametrize("signature", [b"", b"1234567", b"\xff" * 72])
def test_a_cosignature_without_a_time_is_refused(signature):
    signer = SIGNERS[Kind.ED25519_COSIGNATURE]
    checkpoint = Checkpoint("log", 0, b"r" * 32)
    note = SignedCheckpoint.of(checkpoint, NoteSignature(signer.key.name, signer.key.key_id, signature)).note
    with pytest.raises(TlogError) as refusal:
        open_note(note, [signer.key])
    assert refusal.value.code == "bad_signature"


def test_only_a_whole_tree_is_cosigned_with_a_time():
    with pytest.raises(TlogError, match="whole tree"):
        cosigned_message("w", "log", start=4, end=8, root=b"r" * 32, time_s=1)


def test_a_cosigner_does_not_sign_a_text_that_is_no_checkpoint():
    with pytest.raises(TlogError):
        SIGNERS[Kind.SM2_COSIGNATURE].sign_text("hello\n")
    with pytest.raises(TlogError):
        signed_message(SIGNERS[Kind.SM2_COSIGNATURE].key, "hello\n", 1)


def test_signatures_of_peers_gather_on_one_checkpoint_each_line_once():
    checkpoint = Checkpoint("log", 3, b"r" * 32)
    made = [signer.sign_checkpoint(checkpoint, time_s=5) for signer in SIGNERS.values()]
    signed = SignedCheckpoint.of(checkpoint, *made[:2]).with_signatures(*made)
    assert signed.note.signatures == tuple(made)
