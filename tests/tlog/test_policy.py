"""Policies: the file says who must sign, and only checked signatures count."""

import itertools
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yunshu.lib.crypto import keys
from yunshu.lib.tlog.checkpoint import Checkpoint, SignedCheckpoint
from yunshu.lib.tlog.cosignature import NoteSigner
from yunshu.lib.tlog.errors import TlogError
from yunshu.lib.tlog.note import NoteSignature
from yunshu.lib.tlog.policy import Group, Policy, PolicyLog, Witness, parse_policy
from yunshu.lib.tlog.verdict import Cosigned, evaluate
from yunshu.lib.tlog.verifier_key import Kind, VerifierKey, parse_verifier_key, verifier_key

ORIGIN = "ledger.example/sha256"
HEAD = Checkpoint(ORIGIN, 9, b"r" * 32)
COSIGNING = [Kind.ED25519_COSIGNATURE, Kind.ML_DSA_44_COSIGNATURE, Kind.SM2_COSIGNATURE]


def signer(name, kind):
    key = keys.generate(kind.algorithm)
    return NoteSigner(verifier_key(name, kind, key.public.raw), key.sign)


LOG = signer(ORIGIN, Kind.ED25519)
MEMBERS = {name: signer(f"{name}.example", kind) for name, kind in zip("abcd", [*COSIGNING, COSIGNING[0]], strict=True)}
WITNESSES = tuple(Witness(name, each.key) for name, each in MEMBERS.items())
POLICY = Policy((PolicyLog(LOG.key),), WITNESSES, (Group("联盟", 3, tuple(MEMBERS)),), "联盟")
FILE = POLICY.format().decode()
VKEY = {name: str(each.key) for name, each in MEMBERS.items()}


def signed(*names, log=True, time_s=100):
    signatures = [LOG.sign_checkpoint(HEAD, time_s=0)] if log else []
    signatures += [MEMBERS[name].sign_checkpoint(HEAD, time_s=time_s + at) for at, name in enumerate(names)]
    return SignedCheckpoint.of(HEAD, *signatures)


@pytest.mark.parametrize("count", range(5))
def test_a_quorum_of_three_is_three_of_any(count):
    for names in itertools.combinations(MEMBERS, count):
        verdict = evaluate(POLICY, signed(*names))
        assert verdict.good is (count >= 3)
        assert {each.name for each in verdict.cosigned} == set(names)


def test_the_time_of_finality_is_that_of_the_last_needed_cosigner():
    verdict = evaluate(POLICY, signed("d", "c", "b", "a", time_s=100))
    assert verdict.final_at_s == 102
    assert Cosigned("a", 103) in verdict.cosigned
    assert evaluate(POLICY, signed("d", "c")).final_at_s is None


def test_without_the_log_nothing_is_good():
    verdict = evaluate(POLICY, signed("a", "b", "c", log=False))
    assert (verdict.quorum_reached, verdict.good) == (True, False)
    with pytest.raises(TlogError) as refusal:
        verdict.require()
    assert refusal.value.code == "unsigned"


def test_without_a_quorum_the_refusal_says_who_cosigned():
    with pytest.raises(TlogError, match=r"cosigned by a, c: not a quorum") as refusal:
        evaluate(POLICY, signed("a", "c")).require()
    assert refusal.value.code == "quorum"


def test_one_member_cannot_count_twice_and_a_stranger_not_at_all():
    stranger = signer("a.example", Kind.ED25519_COSIGNATURE)
    twice = signed("a", "b").with_signatures(
        MEMBERS["a"].sign_checkpoint(HEAD, time_s=7), stranger.sign_checkpoint(HEAD, time_s=7)
    )
    assert evaluate(POLICY, twice).quorum_reached is False


def test_what_this_machine_cannot_check_is_named_and_does_not_count():
    blind = VerifierKey(*(getattr(MEMBERS["c"].key, part) for part in ("name", "key_id", "material", "kind")), None)
    witnesses = (*WITNESSES[:2], Witness("c", blind))
    verdict = evaluate(Policy(POLICY.logs, witnesses, (Group("g", 3, ("a", "b", "c")),), "g"), signed("a", "b", "c"))
    assert (verdict.quorum_reached, verdict.unchecked) == (False, ("c.example",))


def test_a_forged_cosignature_of_a_known_member_spoils_the_checkpoint():
    good = MEMBERS["d"].sign_checkpoint(HEAD, time_s=1)
    forged = NoteSignature(good.name, good.key_id, good.signature[:-1] + bytes([good.signature[-1] ^ 1]))
    with pytest.raises(TlogError) as refusal:
        evaluate(POLICY, signed("a", "b", "c").with_signatures(forged))
    assert refusal.value.code == "bad_signature"


def test_the_checkpoint_of_another_log_is_refused():
    with pytest.raises(TlogError) as refusal:
        evaluate(POLICY, signed("a", "b", "c"), origin="ledger.example/sm3")
    assert refusal.value.code == "wrong_origin"


def test_a_log_key_of_another_name_does_not_sign_for_this_origin():
    other = Checkpoint("other.example/sha256", 9, b"r" * 32)
    note = SignedCheckpoint.of(other, LOG.sign_checkpoint(other, time_s=0))
    assert evaluate(Policy((PolicyLog(LOG.key),)), note).log_signed is False


def test_a_policy_without_logs_needs_to_be_told_which_one():
    policy = Policy((), WITNESSES, POLICY.groups, "联盟")
    assert evaluate(policy, signed("a", "b", "c", log=False), origin=ORIGIN).good
    with pytest.raises(TlogError, match="say which one"):
        evaluate(policy, signed("a", "b", "c", log=False))


def test_a_policy_file_is_written_as_it_is_read():
    assert parse_policy(POLICY.format()) == POLICY
    assert FILE.splitlines()[-2:] == ["group 联盟 3 a b c d", "quorum 联盟"]


def test_the_published_example_of_two_levels_reads():
    """tlog-policy, "Example policy", with keys of our own in place of the elided ones."""
    names = ["X1", "X2", "X3", "Y1", "Y2", "Y3"]
    lines = [f"witness {name} {signer(name, Kind.ED25519_COSIGNATURE).key}" for name in names]
    text = "\n".join(
        [
            f"log {LOG.key} https://ledger.example/",
            "",
            *lines[:3],
            "\tgroup X-witnesses 2 X1 X2 X3  ",
            "  # comment",
            *lines[3:],
            "group Y-witnesses any Y1 Y2 Y3",
            "group X-and-Y all X-witnesses Y-witnesses",
            "quorum X-and-Y",
            "",
        ]
    )
    policy = parse_policy(text.encode())
    assert policy.reached_by(["X1", "X3", "Y2"])
    assert not policy.reached_by(["X1", "X2", "X3"])
    assert not policy.reached_by(["X1", "Y1", "Y2", "Y3"])
    assert policy.logs[0].url == "https://ledger.example/"


NAME = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Z"]), min_size=1, max_size=8).filter(
    lambda name: name != "none"
)


@given(st.lists(NAME, min_size=1, max_size=6, unique=True), st.data())
def test_any_policy_survives_its_file(names, data):
    material = data.draw(st.lists(st.binary(min_size=3, max_size=9), min_size=6, max_size=6, unique=True))
    keys_ = [VerifierKey("k", b"abcd", b"\x02" + each, None, None) for each in material]
    count = data.draw(st.integers(1, len(names)))
    witnesses = tuple(Witness(name, key) for name, key in zip(names[:count], keys_, strict=False))
    free, groups = list(names[:count]), []
    for name in names[count:]:
        members = tuple(data.draw(st.lists(st.sampled_from(free), min_size=1, unique=True)) if free else ())
        groups += [Group(name, data.draw(st.integers(1, len(members))), members)] if members else []
        free = [each for each in free if each not in members] + [name] * bool(members)
    policy = Policy((), witnesses, tuple(groups), data.draw(st.sampled_from(["none", names[0]])))
    assert parse_policy(policy.format()) == policy


@given(st.binary(max_size=80) | st.lists(st.sampled_from(FILE.split()), max_size=9).map(lambda w: " ".join(w).encode()))
def test_anything_else_is_refused_with_the_one_error(data):
    with suppress(TlogError):
        assert parse_policy(parse_policy(data).format()) == parse_policy(data)


SPACE = f"witness a {VKEY['a']}\nwitness b {VKEY['b']}\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "one quorum"),
        ("quorum none", "newline"),
        ("quorum none\nquorum none\n", "line 2.*once"),
        ("quorum a\n", "line 1.*not defined"),
        ("quorum g\n" + SPACE + "group g 1 a\n", "line 1"),
        ("group g 1 a\n" + SPACE + "quorum g\n", "line 1.*not defined"),
        (SPACE + "group g 0 a b\nquorum g\n", "line 3"),
        (SPACE + "group g 3 a b\nquorum g\n", "3 of 2"),
        (SPACE + "group g 01 a b\nquorum g\n", "threshold"),
        (SPACE + "group g some a b\nquorum g\n", "threshold"),
        (SPACE + "group g all\nquorum g\n", "group <name>"),
        (SPACE + "group g 1 a a\nquorum g\n", "member twice"),
        (SPACE + "group g 1 a\ngroup h 1 a b\nquorum h\n", "member twice"),
        (SPACE + "group a 1 b\nquorum a\n", "defined twice"),
        (SPACE + "group none 1 b\nquorum none\n", "none"),
        (SPACE + "group g 1 none\nquorum g\n", "not defined"),
        (f"witness a {VKEY['a']}\nwitness b {VKEY['a']}\nquorum a\n", "same key"),
        (f"log {LOG.key}\nlog {LOG.key}\nquorum none\n", "two logs"),
        (f"witness a {LOG.key}\nquorum a\n", "cosignatures"),
        (f"witness a {VKEY['a']} url more\nquorum a\n", "witness <name>"),
        ("log\nquorum none\n", "log <verifier key>"),
        ("logs x\nquorum none\n", "line 1.*begins with"),
        ("quorum none\r\n", "control"),
        ("quorum\u00a0none\n", "begins with"),
        ("# \x7f\nquorum none\n", "control"),
    ],
    ids=map(str, itertools.count(1)),  # keys are made anew each time; names of tests must not be
)
def test_a_malformed_policy_is_refused_with_its_place(text, words):
    with pytest.raises(TlogError, match=words) as refusal:
        parse_policy(text.encode())
    assert refusal.value.code == "malformed"


def test_octets_that_are_no_utf_8_are_opaque():
    data = f"witness \xff {VKEY['a']}\nquorum \xff\n".encode("latin-1")
    assert parse_policy(data).format() == data


def test_a_key_name_that_is_no_utf_8_is_refused():
    with pytest.raises(TlogError, match="line 1: not a key name"):
        parse_policy(b"log \xff" + str(LOG.key).encode() + b"\nquorum none\n")


def test_two_lines_of_one_key_under_other_names_are_duplicates():
    raw = parse_verifier_key(VKEY["a"]).public_raw
    other = verifier_key("other.example", Kind.ED25519_COSIGNATURE, raw)
    with pytest.raises(TlogError, match="same key"):
        Policy((), (WITNESSES[0], Witness("z", other)), (), "z")
