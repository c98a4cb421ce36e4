"""Keys of the three algorithms, their files, and their custody."""

import stat
import subprocess
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from yunshu.lib.crypto import custody, keys, mldsa, pkcs8
from yunshu.lib.crypto.custody import FileCustody, signing_at
from yunshu.lib.crypto.ed25519 import Ed25519Private, Ed25519Public
from yunshu.lib.crypto.errors import CryptoError
from yunshu.lib.crypto.keyfiles import read_key, write_key
from yunshu.lib.crypto.signing import Algorithm

KEYS = {algorithm: keys.generate(algorithm) for algorithm in Algorithm}
SIZES = {Algorithm.ED25519: (32, 64), Algorithm.ML_DSA_44: (1312, 2420), Algorithm.SM2: (65, 64)}
MONDAY, DAY = datetime(2026, 11, 23, 8, tzinfo=UTC), timedelta(days=1)


@pytest.mark.parametrize("algorithm", Algorithm)
def test_each_algorithm_signs_and_verifies_in_its_documented_sizes(algorithm):
    key = KEYS[algorithm]
    signature = key.sign(b"message")
    again = keys.public_key(algorithm, key.public.raw)
    assert (len(again.raw), len(signature)) == SIZES[algorithm]
    assert key.algorithm is again.algorithm is algorithm
    assert again.verify(signature, b"message")
    assert not again.verify(signature, b"massage")
    assert not any(again.verify(wrong, b"message") for wrong in (b"", signature[:-1], signature + b"\0"))


@pytest.mark.parametrize("algorithm", Algorithm)
@pytest.mark.parametrize("raw", [b"", b"x" * 31, b"x" * 66])
def test_a_malformed_public_key_is_refused(algorithm, raw):
    with pytest.raises(CryptoError) as refusal:
        keys.public_key(algorithm, raw)
    assert refusal.value.code == "malformed_key"


@pytest.mark.parametrize(
    ("seed", "public", "message", "signature"),
    [
        (
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            "",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555"
            "fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
        ),
        (
            "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
            "af82",
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac1"
            "8ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
        ),
    ],
)
def test_ed25519_gives_the_examples_of_rfc_8032(seed, public, message, signature):
    """RFC 8032 section 7.1, tests 1 and 3."""
    key = Ed25519Private.from_seed(bytes.fromhex(seed))
    assert key.public.raw.hex() == public
    assert key.sign(bytes.fromhex(message)).hex() == signature


ORDER = "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010"
EDGES_R = ["00" * 32, "01" + "00" * 31, ORDER, "ed" + "ff" * 30 + "7f"]
EDGES_S = ["00" * 32, "01" + "00" * 31, "ec" + ORDER[2:], ORDER, "ed" + "ff" * 30 + "7f"]


@pytest.mark.parametrize("r", EDGES_R)
@pytest.mark.parametrize("s", EDGES_S)
def test_ed25519_refuses_the_special_values_of_wycheproof(r, s):
    """C2SP/wycheproof ed25519_test.json, tests 10 to 29 (Apache-2.0): R and S at the edges of their ranges."""
    key = Ed25519Public(bytes.fromhex("7d4d0e7f6153a69b6242b522abbee685fda4420f8834b108c3bdae369ef549fa"))
    assert not key.verify(bytes.fromhex(r + s), b"?")


def test_ml_dsa_keys_follow_from_their_seed():
    assert mldsa.available()
    seed = bytes(range(32))
    one, two = mldsa.MlDsaPrivate.from_seed(seed), mldsa.MlDsaPrivate.from_seed(seed)
    assert one.public.raw == two.public.raw
    assert two.public.verify(one.sign(b"m"), b"m")


@pytest.mark.parametrize("make", [Ed25519Private.from_seed, mldsa.MlDsaPrivate.from_seed])
def test_a_seed_of_another_length_is_refused(make):
    with pytest.raises(CryptoError) as refusal:
        make(b"short")
    assert refusal.value.code == "malformed_key"


@pytest.mark.slow
@pytest.mark.parametrize("algorithm", Algorithm)
def test_a_key_file_opens_with_its_passphrase_only(tmp_path, algorithm):
    path, key = tmp_path / "k.pem", KEYS[algorithm]
    write_key(path, key, b"passphrase", {"owner": "bureau"})
    file = read_key(path)
    assert file.public.raw == key.public.raw
    assert file.notes == {"owner": "bureau"}
    assert file.public.verify(file.open(b"passphrase").sign(b"m"), b"m")
    with pytest.raises(CryptoError) as refusal:
        file.open(b"Passphrase")
    assert refusal.value.code == "wrong_passphrase"


class Garbage:
    """What a wrong passphrase leaves behind when its padding looks right by chance."""

    def private_bytes(self, *_how):
        return bytes(range(48))


@pytest.mark.slow
def test_bytes_that_unseal_to_no_key_say_that_the_passphrase_is_wrong():
    with pytest.raises(CryptoError) as refusal:
        pkcs8.open_sealed(pkcs8.seal(Garbage(), b"passphrase"), b"passphrase")
    assert refusal.value.code == "wrong_passphrase"


@pytest.mark.slow
def test_a_key_that_was_never_sealed_is_refused():
    plain = Ed25519PrivateKey.generate().private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    with pytest.raises(CryptoError) as refusal:
        pkcs8.open_sealed(plain, b"passphrase")
    assert refusal.value.code == "malformed_key"


@pytest.mark.slow
@pytest.mark.parametrize("algorithm", [Algorithm.ED25519, Algorithm.SM2])
def test_the_systems_openssl_opens_a_key_file(tmp_path, algorithm):
    path = tmp_path / "k.pem"
    write_key(path, KEYS[algorithm], b"passphrase")
    shown = subprocess.run(
        ["openssl", "pkcs8", "-in", path, "-passin", "pass:passphrase"], capture_output=True, check=True
    )
    assert b"BEGIN PRIVATE KEY" in shown.stdout


@pytest.mark.slow
def test_a_key_file_is_its_owners_alone_and_never_overwritten(tmp_path):
    path = tmp_path / "k.pem"
    write_key(path, KEYS[Algorithm.ED25519], b"p")
    before = path.read_bytes()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(CryptoError) as refusal:
        write_key(path, KEYS[Algorithm.ML_DSA_44], b"p")
    assert refusal.value.code == "key_exists"
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["k.pem"]


@pytest.mark.slow
def test_a_key_file_that_others_may_read_is_refused(tmp_path):
    path = tmp_path / "k.pem"
    write_key(path, KEYS[Algorithm.ED25519], b"p")
    path.chmod(0o640)
    with pytest.raises(CryptoError, match="chmod 600") as refusal:
        read_key(path)
    assert refusal.value.code == "exposed_key"


def test_a_key_is_not_written_without_a_passphrase(tmp_path):
    for algorithm in Algorithm:
        with pytest.raises(CryptoError) as refusal:
            write_key(tmp_path / "k.pem", KEYS[algorithm], b"")
        assert refusal.value.code == "wrong_passphrase"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_file_that_names_another_public_key_is_refused(tmp_path):
    path = tmp_path / "k.pem"
    write_key(path, KEYS[Algorithm.ED25519], b"p")
    other = keys.generate(Algorithm.ED25519).public.raw.hex()
    path.write_text(path.read_text().replace(KEYS[Algorithm.ED25519].public.raw.hex(), other))
    with pytest.raises(CryptoError) as refusal:
        read_key(path).open(b"p")
    assert refusal.value.code == "malformed_key"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("algorithm: ed25519\n", ""),
        ("algorithm: ed25519", "algorithm: rsa"),
        ("algorithm: ed25519", "algorithm: sm2"),
        ("public: ", "public: zz"),
        ("public: ", "public; "),
        ("-----END", "-----FIN"),
        ("-----BEGIN", "-----END"),
        ("KEY-----\nM", "KEY-----\n?"),
        ("PRIVATE KEY-----\n", "PRIVATE KEY-----\n钥"),
    ],
)
def test_a_malformed_key_file_is_refused(tmp_path, old, new):
    path = tmp_path / "k.pem"
    write_key(path, KEYS[Algorithm.ED25519], b"p")
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(CryptoError) as refusal:
        read_key(path)
    assert refusal.value.code == "malformed_key"


@pytest.mark.slow
def test_a_sealed_key_that_is_cut_short_does_not_open():
    for algorithm, key in KEYS.items():
        with pytest.raises(CryptoError) as refusal:
            keys.decrypted(algorithm, key.encrypted(b"p")[:-20], b"p")
        assert refusal.value.code == "malformed_key"


@pytest.mark.slow
def test_a_key_of_another_algorithm_does_not_pass_for_one():
    sealed = KEYS[Algorithm.ED25519].encrypted(b"p")
    with pytest.raises(CryptoError) as refusal:
        keys.decrypted(Algorithm.ML_DSA_44, sealed, b"p")
    assert refusal.value.code == "malformed_key"


@pytest.mark.slow
@pytest.mark.parametrize("algorithm", Algorithm)
def test_custody_signs_and_finds_its_keys_again(tmp_path, algorithm):
    first = FileCustody(tmp_path, b"p")
    made = first.create("peer", algorithm, now=MONDAY)
    again: custody.KeyCustody = FileCustody(tmp_path, b"p")
    assert again.generations("peer")[0].public.raw == made.public.raw == again.public("peer").raw
    assert made.public.verify(again.sign("peer", b"m"), b"m")
    with pytest.raises(CryptoError) as refusal:
        first.create("peer", algorithm, now=MONDAY)
    assert refusal.value.code == "key_exists"


@pytest.mark.slow
def test_rotation_lets_both_keys_sign_for_the_overlap(tmp_path):
    keeper = FileCustody(tmp_path, b"p")
    old = keeper.create("peer", Algorithm.ED25519, now=MONDAY)
    new = keeper.rotate("peer", now=MONDAY + DAY, overlap=7 * DAY, algorithm=Algorithm.SM2)

    def numbers(now):
        return [each.number for each in signing_at(FileCustody(tmp_path, b"p"), "peer", now)]

    assert numbers(MONDAY + DAY) == [1, 2]
    assert numbers(MONDAY + 8 * DAY - timedelta(seconds=1)) == [1, 2]
    assert numbers(MONDAY + 8 * DAY) == [2]
    assert keeper.public("peer").algorithm is Algorithm.SM2
    assert new.public.verify(keeper.sign("peer", b"m"), b"m")
    assert old.public.verify(keeper.sign("peer", b"m", number=1), b"m")


@pytest.mark.slow
def test_rotation_goes_forward_in_time_only(tmp_path):
    keeper = FileCustody(tmp_path, b"p")
    keeper.create("peer", Algorithm.ED25519, now=MONDAY)
    for now, overlap in ((MONDAY - DAY, DAY), (MONDAY, -DAY), (MONDAY.replace(tzinfo=None), DAY)):
        with pytest.raises(CryptoError):
            keeper.rotate("peer", now=now, overlap=overlap)
    assert len(keeper.generations("peer")) == 1


@pytest.mark.slow
@pytest.mark.parametrize("name", ["other", "", "../peer", "Peer", "p/q", "名"])
def test_a_name_without_a_key_is_missing(tmp_path, name):
    keeper = FileCustody(tmp_path, b"p")
    keeper.create("peer", Algorithm.ED25519, now=MONDAY)
    for attempt in (keeper.generations, keeper.public, lambda each: keeper.sign(each, b"m")):
        with pytest.raises(CryptoError) as refusal:
            attempt(name)
        assert refusal.value.code == "key_missing"


@pytest.mark.slow
def test_a_lost_generation_is_noticed(tmp_path):
    keeper = FileCustody(tmp_path, b"p")
    keeper.create("peer", Algorithm.ED25519, now=MONDAY)
    keeper.rotate("peer", now=MONDAY, overlap=DAY)
    (tmp_path / "peer" / "0001.pem").unlink()
    with pytest.raises(CryptoError, match="missing"):
        keeper.public("peer")
    with pytest.raises(CryptoError) as refusal:
        FileCustody(tmp_path, b"p").sign("peer", b"m", number=1)
    assert refusal.value.code == "key_missing"


@pytest.mark.slow
@pytest.mark.parametrize("note", ["made-at: 2026-11-23T08:00:00+00:00", "overlap-s: 0"])
def test_a_generation_that_does_not_say_its_time_is_refused(tmp_path, note):
    keeper = FileCustody(tmp_path, b"p")
    keeper.create("peer", Algorithm.ED25519, now=MONDAY)
    keeper.rotate("peer", now=MONDAY, overlap=timedelta(0))
    path = tmp_path / "peer" / "0002.pem"
    path.write_text(path.read_text().replace(note, "made-at: never"))
    with pytest.raises(CryptoError) as refusal:
        keeper.generations("peer")
    assert refusal.value.code == "malformed_key"
