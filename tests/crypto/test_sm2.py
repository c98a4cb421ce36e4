"""SM2: the standard's example, OpenSSL and plain integers and a third implementation agree, bad input is refused."""

import threading

import gmalg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yunshu.lib.crypto import libcrypto, sm2, sm2_curve
from yunshu.lib.crypto.der import signature_from_der, signature_to_der
from yunshu.lib.crypto.errors import CryptoError

# GB/T 32918.5-2017 annex A.2 (also GM/T 0003.5): key, identity 1234567812345678, message, random number, signature
NUMBER = bytes.fromhex("3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8")
PUBLIC = bytes.fromhex(
    "0409F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
    "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"
)
MESSAGE = b"message digest"
CHANCE = 0x59276E27D506861A16680F3AD9C02DCCEF3CC1FA3CDBE4CE6D54B80DEAC1BC21
SIGNATURE = bytes.fromhex(
    "F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3"
    "B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA"
)


@pytest.fixture(params=["openssl", "plain"])
def machine(request, monkeypatch):
    """A machine with OpenSSL, and one without."""
    if request.param == "plain":
        monkeypatch.setattr(libcrypto, "available", lambda: False)
    return request.param


def test_the_published_signature_verifies(machine):
    key = sm2.Sm2Public(PUBLIC)
    assert key.verify(SIGNATURE, MESSAGE)
    assert not key.verify(SIGNATURE, MESSAGE + b"s")
    assert not sm2.Sm2Public(PUBLIC, identity=b"ALICE123@YAHOO.COM").verify(SIGNATURE, MESSAGE)


def test_plain_integers_make_the_published_signature():
    assert sm2_curve.public_of(int.from_bytes(NUMBER, "big")) == PUBLIC
    assert sm2_curve.sign(int.from_bytes(NUMBER, "big"), PUBLIC, MESSAGE, CHANCE) == SIGNATURE


@pytest.mark.slow
@settings(max_examples=20)
@given(st.binary(max_size=300))
def test_three_implementations_accept_each_others_signatures(message):
    oracle = gmalg.SM2(NUMBER, sm2_curve.DEFAULT_ID, PUBLIC)
    fast, plain = sm2.Sm2Private.from_number(NUMBER), sm2.PlainPrivate(NUMBER, allow_timing_leak=True)
    theirs = b"".join(number.rjust(32, b"\0") for number in oracle.sign(message))  # it drops leading zeros
    for signature in (fast.sign(message), plain.sign(message), theirs):
        assert fast.public.verify(signature, message)
        assert sm2_curve.verify(PUBLIC, signature, message)
        assert oracle.verify(message, signature[:32], signature[32:])
        assert not sm2_curve.verify(PUBLIC, signature, message + b"!")


@pytest.mark.parametrize("bit", range(0, 512, 37))
def test_no_bit_of_a_signature_can_be_changed(machine, bit):
    changed = bytearray(SIGNATURE)
    changed[bit // 8] ^= 1 << bit % 8
    assert not sm2.Sm2Public(PUBLIC).verify(bytes(changed), MESSAGE)


ZERO, ORDER = bytes(32), sm2_curve.N.to_bytes(32, "big")
R, S = SIGNATURE[:32], SIGNATURE[32:]
OPPOSITE = (sm2_curve.N - int.from_bytes(R, "big")).to_bytes(32, "big")


@pytest.mark.parametrize(
    "signature",
    [
        b"",
        SIGNATURE[:-1],
        SIGNATURE + b"\0",
        ZERO + S,
        R + ZERO,
        ZERO + ZERO,
        ORDER + S,
        R + ORDER,
        b"\xff" * 64,
        R + OPPOSITE,  # t = r + s = 0
        signature_to_der(SIGNATURE),
    ],
)
def test_a_signature_out_of_range_or_of_another_form_is_no_signature(machine, signature):
    assert not sm2.Sm2Public(PUBLIC).verify(signature, MESSAGE)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        PUBLIC[1:],
        b"\x02" + PUBLIC[1:33],
        b"\x05" + PUBLIC[1:],
        PUBLIC[:-1] + b"\x14",
        b"\x04" + bytes(64),
        b"\x04" + sm2_curve.P.to_bytes(32, "big") + PUBLIC[33:],
        b"\x04" + b"\xff" * 64,
    ],
)
def test_a_malformed_public_key_is_refused(machine, raw):
    with pytest.raises(CryptoError) as refusal:
        sm2.Sm2Public(raw)
    assert refusal.value.code == "malformed_key"


@pytest.mark.parametrize("number", [b"", ZERO, ORDER, (sm2_curve.N - 1).to_bytes(32, "big"), NUMBER + b"\0"])
def test_a_malformed_private_number_is_refused(number):
    for make in (sm2.Sm2Private.from_number, lambda each: sm2.PlainPrivate(each, allow_timing_leak=True)):
        with pytest.raises(CryptoError) as refusal:
            make(number)
        assert refusal.value.code == "malformed_key"


def test_plain_python_does_not_sign_unless_allowed():
    with pytest.raises(CryptoError) as refusal:
        sm2.PlainPrivate(NUMBER)
    assert refusal.value.code == "unsafe_signing"


@pytest.mark.parametrize("names", [(), ("libc.so.6",)])
def test_without_openssl_signing_says_what_is_missing_and_verifying_goes_on(monkeypatch, names):
    monkeypatch.setattr(libcrypto, "NAMES", names)
    libcrypto.load.cache_clear()
    try:
        with pytest.raises(CryptoError, match="OpenSSL 3") as refusal:
            sm2.generate()
        assert refusal.value.code == "algorithm_unavailable"
        assert sm2.Sm2Public(PUBLIC).verify(SIGNATURE, MESSAGE)
    finally:
        libcrypto.load.cache_clear()


def test_a_key_from_openssl_is_a_point_and_signs():
    key = sm2.generate()
    assert sm2_curve.point_of(key.public.raw)
    assert sm2_curve.verify(key.public.raw, key.sign(MESSAGE), MESSAGE)
    assert sm2.generate().public.raw != key.public.raw


@given(st.integers(1, sm2_curve.N - 1), st.integers(1, sm2_curve.N - 1))
def test_a_signature_survives_der(r, s):
    signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    assert signature_from_der(signature_to_der(signature)) == signature


DER = signature_to_der(SIGNATURE)


@pytest.mark.parametrize(
    "der",
    [
        b"",
        DER[:-1],
        DER + b"\0",
        b"\x31" + DER[1:],
        DER[:1] + bytes([DER[1] + 1]) + DER[2:],
        bytes.fromhex("3006020101020101") + b"\0",
        bytes.fromhex("300702020001020101"),
        bytes.fromhex("30060201ff020101"),
        b"\x30\x46\x02\x22\x01\x01" + b"\0" * 32 + b"\x02\x20" + S,
    ],
)
def test_anything_but_the_one_der_is_refused(der):
    with pytest.raises(CryptoError) as refusal:
        signature_from_der(der)
    assert refusal.value.code == "malformed_signature"


def test_two_threads_share_a_key():
    key, results = sm2.Sm2Private.from_number(NUMBER), []

    def work():
        for number in range(300):
            message = b"%d" % number
            results.append(key.public.verify(key.sign(message), message))

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert results == [True] * 600


def test_openssl_does_not_hold_the_interpreter_while_it_works():
    """SM3 over a long message takes OpenSSL a while: another thread must get on in the meantime."""
    key, message, steps, done = sm2.Sm2Private.from_number(NUMBER), bytes(100_000_000), [], threading.Event()
    worker = threading.Thread(target=lambda: (key.sign(message), done.set()))
    worker.start()
    while not done.wait(0.005):
        steps.append(1)
    worker.join()
    assert len(steps) > 5
