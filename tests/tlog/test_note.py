"""Signed notes: the published examples open, what is malformed is refused, what is unknown is ignored."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yunshu.lib.crypto import keys
from yunshu.lib.crypto.ed25519 import Ed25519Private
from yunshu.lib.crypto.signing import Algorithm
from yunshu.lib.tlog import base64text
from yunshu.lib.tlog.cosignature import NoteSigner
from yunshu.lib.tlog.errors import TlogError
from yunshu.lib.tlog.note import Note, NoteSignature, parse_note
from yunshu.lib.tlog.opening import examine_note, open_note
from yunshu.lib.tlog.verifier_key import Kind, VerifierKey, key_id_of, parse_verifier_key, verifier_key

# C2SP/C2SP signed-note.md v1.0.0, the example of "Verifier keys"
EXAMPLE_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
EXAMPLE = (
    "This is an example message.\n\n"
    "— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
).encode()
# golang.org/x/mod sumdb/note note_test.go (BSD-3-Clause): Ed25519 is deterministic, so making it gives the same bytes
PETER_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PETER_SEED = base64text.decode("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz")[1:]
PETER = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
).encode()

NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["Z", "C"], exclude_characters="+"), min_size=1)
LINES = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=20)
TEXTS = st.lists(LINES, min_size=1, max_size=4).map(lambda lines: "\n".join(lines) + "\n")
SIGNATURES = st.builds(
    NoteSignature, NAMES, st.binary(min_size=4, max_size=4), st.binary(min_size=1, max_size=80)
)  # fmt: skip


@pytest.mark.parametrize(("line", "note"), [(EXAMPLE_KEY, EXAMPLE), (PETER_KEY, PETER)])
def test_a_published_note_opens_and_is_written_as_it_was_read(line, note):
    key = parse_verifier_key(line)
    opened = open_note(parse_note(note), [key])
    assert [each.key.name for each in opened.verified] == [key.name]
    assert parse_note(note).format() == note
    assert str(key) == line


def test_signing_makes_the_published_note():
    key = Ed25519Private.from_seed(PETER_SEED)
    verifier = verifier_key("PeterNeumann", Kind.ED25519, key.public.raw)
    text = parse_note(PETER).text
    assert str(verifier) == PETER_KEY
    assert Note(text, (NoteSigner(verifier, key.sign).sign_text(text),)).format() == PETER


@pytest.mark.parametrize("at", range(len(EXAMPLE)))
def test_no_byte_of_a_note_can_be_changed(at):
    changed = EXAMPLE[:at] + bytes([EXAMPLE[at] ^ 1]) + EXAMPLE[at + 1 :]
    with pytest.raises(TlogError):
        open_note(parse_note(changed), [parse_verifier_key(EXAMPLE_KEY)])


@pytest.mark.parametrize("at", range(len(EXAMPLE_KEY)))
def test_no_character_of_a_verifier_key_can_be_changed(at):
    changed = EXAMPLE_KEY[:at] + chr(ord(EXAMPLE_KEY[at]) + 1) + EXAMPLE_KEY[at + 1 :]
    with pytest.raises(TlogError):
        open_note(parse_note(EXAMPLE), [parse_verifier_key(changed)])


@given(TEXTS, st.lists(SIGNATURES, min_size=1, max_size=20, unique=True))
def test_what_is_written_is_read_again(text, signatures):
    note = Note(text, tuple(signatures))
    assert parse_note(note.format()) == note


@given(st.binary(max_size=200) | TEXTS.map(str.encode))
def test_anything_else_is_refused_with_the_one_error(data):
    with suppress(TlogError):
        assert parse_note(data).format() == data


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"text\n",
        b"text\n\n",
        b"text\n\n\n",
        "text\n\n— name\n".encode(),
        "text\n\n— name AAAAAAAA".encode(),
        "text\n\n— name AAAAAAA\n".encode(),
        "text\n\n— name AAAAAB==\n".encode(),
        "text\n\n— name AAAAAA==\n".encode(),
        "text\n\n— na+me AAAAAAAA\n".encode(),
        "text\n\n—  AAAAAAAA\n".encode(),
        "text\n\n— na\u2003me AAAAAAAA\n".encode(),
        b"text\n\n- name AAAAAAAA\n",
        "text\r\n\n— name AAAAAAAA\n".encode(),
        "te\x7fxt\t\n\n— name AAAAAAAA\n".encode(),
        b"\xff\n\n" + "— name AAAAAAAA\n".encode(),
        b"text\n\n" + "— name AAAAAAAA\n".encode() * 101,
        b"a" * 1_000_000 + "\n\n— name AAAAAAAA\n".encode(),
    ],
)
def test_a_malformed_note_is_refused(data):
    with pytest.raises(TlogError) as refusal:
        parse_note(data)
    assert refusal.value.code == "malformed"


@pytest.mark.parametrize(
    "line",
    [
        "",
        "name",
        "name+00000000",
        "+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        EXAMPLE_KEY.replace("530d903a", "530D903A"),
        EXAMPLE_KEY.replace("530d903a", "530d903"),
        f"short+{key_id_of('short', bytes([1, 2, 3])).hex()}+AQID",
        "name+00000000+",
    ],
)
def test_a_malformed_verifier_key_is_refused(line):
    with pytest.raises(TlogError) as refusal:
        parse_verifier_key(line)
    assert refusal.value.code == "malformed"


def test_a_note_with_a_hundred_signatures_opens():
    keys_ = [keys.generate(Algorithm.ED25519) for _ in range(16)]
    verifiers = [verifier_key(f"org{at}", Kind.ED25519, key.public.raw) for at, key in enumerate(keys_)]
    pairs = zip(verifiers, keys_, strict=True)
    signatures = [NoteSigner(verifier, key.sign).sign_text("text\n") for verifier, key in pairs]
    strangers = [NoteSignature(f"stranger{at}", b"abcd", b"?") for at in range(84)]
    opened = open_note(parse_note(Note("text\n", (*signatures, *strangers)).format()), verifiers)
    assert [each.key for each in opened.verified] == verifiers
    assert len(opened.unknown) == 84


def test_who_shares_only_the_name_or_only_the_id_is_unknown():
    key = parse_verifier_key(EXAMPLE_KEY)
    (own,) = parse_note(EXAMPLE).signatures
    namesake = NoteSignature(own.name, b"abcd", own.signature)
    twin = NoteSignature("example.com/bar", own.key_id, own.signature)
    opened = examine_note(Note("This is an example message.\n", (namesake, twin)), [key])
    assert (opened.verified, opened.unknown) == ((), ("example.com/foo", "example.com/bar"))
    with pytest.raises(TlogError, match="no known key"):
        open_note(Note("This is an example message.\n", (namesake, twin)), [key])


def test_one_bad_signature_of_a_known_key_spoils_the_note():
    note = parse_note(EXAMPLE)
    (own,) = note.signatures
    with pytest.raises(TlogError) as refusal:
        open_note(
            note.with_signatures(NoteSignature(own.name, own.key_id, b"x" * 64)), [parse_verifier_key(EXAMPLE_KEY)]
        )
    assert refusal.value.code == "bad_signature"


def test_a_kind_we_do_not_know_is_kept_and_never_counted():
    material = b"\x02" + b"an ECDSA key"
    line = f"rekor.example+c0d23d6a+{base64text.encode(material)}"
    key = parse_verifier_key(line)
    note = Note("text\n", (NoteSignature(key.name, key.key_id, b"?"),))
    opened = examine_note(note, [key])
    assert str(key) == line
    assert (opened.verified, opened.unchecked) == ((), (key,))


def test_a_key_that_this_machine_cannot_check_is_named_and_never_counted():
    full = parse_verifier_key(EXAMPLE_KEY)
    key = VerifierKey(full.name, full.key_id, full.material, full.kind, None)
    opened = examine_note(parse_note(EXAMPLE), [key])
    assert (opened.verified, opened.unchecked) == ((), (key,))
