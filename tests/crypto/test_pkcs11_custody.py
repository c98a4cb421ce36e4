"""Custody in a PKCS#11 token, against SoftHSM (Debian package softhsm2) where it is installed."""

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from yunshu.lib.crypto.custody import KeyCustody, signing_at
from yunshu.lib.crypto.errors import CryptoError
from yunshu.lib.crypto.signing import Algorithm

pkcs11_custody = pytest.importorskip("yunshu.lib.crypto.pkcs11_custody", reason="python-pkcs11 is not installed")
MODULE = Path("/usr/lib/softhsm/libsofthsm2.so")
MONDAY, DAY = datetime(2026, 11, 23, 8, tzinfo=UTC), timedelta(days=1)
pytestmark = pytest.mark.skipif(not MODULE.exists(), reason="needs SoftHSM: apt-get install softhsm2")


@pytest.fixture(scope="module")
def token(tmp_path_factory):
    """A new token; the module reads its settings once a process."""
    folder = tmp_path_factory.mktemp("softhsm")
    (folder / "tokens").mkdir()
    settings = folder / "softhsm2.conf"
    settings.write_text(f"directories.tokendir = {folder}/tokens\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOFTHSM2_CONF", str(settings))
        init = ["softhsm2-util", "--init-token", "--free", "--label", "yunshu", "--pin", "1234", "--so-pin", "5678"]
        subprocess.run(init, check=True, capture_output=True)
        keeper = pkcs11_custody.Pkcs11Custody(MODULE, "yunshu", "1234")
        yield keeper
        keeper.close()


def test_a_token_signs_and_rotates_as_files_do(token):
    keeper: KeyCustody = token
    old = token.create("peer", now=MONDAY)
    assert old.public.algorithm is Algorithm.ED25519
    assert old.public.verify(keeper.sign("peer", b"m"), b"m")
    new = keeper.rotate("peer", now=MONDAY + DAY, overlap=DAY)
    assert [each.number for each in signing_at(keeper, "peer", MONDAY + DAY)] == [1, 2]
    assert [each.number for each in signing_at(keeper, "peer", MONDAY + 2 * DAY)] == [2]
    assert keeper.public("peer").raw == new.public.raw
    assert new.public.verify(keeper.sign("peer", b"m"), b"m")
    assert old.public.verify(keeper.sign("peer", b"m", number=1), b"m")
    with pytest.raises(CryptoError) as refusal:
        token.create("peer", now=MONDAY)
    assert refusal.value.code == "key_exists"


def test_a_name_or_number_that_the_token_lacks_is_missing(token):
    for attempt in (lambda: token.public("nobody"), lambda: token.sign("nobody", b"m", number=9)):
        with pytest.raises(CryptoError) as refusal:
            attempt()
        assert refusal.value.code == "key_missing"


def test_a_token_that_does_not_open_says_so(token):
    for module, label in ((MODULE, "other"), (Path("/nowhere.so"), "yunshu")):
        with pytest.raises(CryptoError) as refusal:
            pkcs11_custody.Pkcs11Custody(module, label, "1234")
        assert refusal.value.code == "algorithm_unavailable"
