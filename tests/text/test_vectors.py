"""Sentence vectors: kept by their text, never mixed between encoders, and meaning what they should where a model loads."""

import numpy as np
import pytest
from tests.text.encoders import Hashing

from yunshu.lib.text import Remembering, encoder, why_not


def test_a_text_is_encoded_once(tmp_path):
    first = Remembering(Hashing(), tmp_path / "v.npz")
    first.encode(["停水", "停电", "停水"])
    first.save()
    second = Remembering(Hashing(), tmp_path / "v.npz")

    np.testing.assert_allclose(second.encode(["停水"]), Hashing().encode(["停水"]), atol=1e-3)
    assert (first.encoded, second.encoded) == (2, 0)


def test_vectors_of_another_encoder_are_not_taken(tmp_path):
    first = Remembering(Hashing(), tmp_path / "v.npz")
    first.encode(["停水"])
    first.save()
    other = Remembering(Hashing(name="other"), tmp_path / "v.npz")
    other.encode(["停水"])

    assert other.encoded == 1


def test_there_is_an_encoder_or_a_reason_why_not():
    assert (encoder() is None) == bool(why_not())


@pytest.mark.skipif(encoder() is None, reason=f"no encoder on this machine: {why_not()}")
def test_what_means_the_same_is_nearer_than_what_shares_a_word():
    asked, same, other = encoder().encode(["小区没有自来水用", "家里停水了", "小区没有停车位"])

    assert asked @ same > other @ same
    assert np.linalg.norm(asked) == pytest.approx(1, abs=1e-3)
