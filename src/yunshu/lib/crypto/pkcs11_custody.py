"""Custody in a device that speaks PKCS#11 (OASIS PKCS #11 v3.0): the private key never leaves it.

Needs the package ``python-pkcs11`` (``pip install yunshu[hsm]``) and the maker's module (a shared library). Keys are Ed25519 (CKM_EDDSA), the one of our
algorithms that the standard covers and SoftHSM 2.6 has. PKCS#11 names no SM2 mechanism and UKeys speak GM/T 0016 instead:
custody of SM2 keys in a device is another implementation of ``KeyCustody``, to be written against the maker's module.
"""

import threading
from datetime import datetime, timedelta
from pathlib import Path

import pkcs11
from pkcs11 import Attribute, KeyType, Mechanism, ObjectClass
from pkcs11.exceptions import PKCS11Error

from yunshu.lib.crypto.custody import Generation
from yunshu.lib.crypto.ed25519 import PUBLIC_BYTES, Ed25519Public
from yunshu.lib.crypto.errors import CryptoError
from yunshu.lib.crypto.signing import PublicKey

# id-Ed25519 (RFC 8410 section 3) as CKA_EC_PARAMS, and the OCTET STRING header of CKA_EC_POINT
_EDWARDS25519, _POINT_HEADER = bytes.fromhex("06032b6570"), bytes([0x04, PUBLIC_BYTES])


class Pkcs11Custody:
    """Keys of one token. A ``KeyCustody``; ``lock`` guards the one session, which the standard lets one thread use.

    A key's label is its name, its id the number of the generation; a data object of the same label and number says when
    it was made and how long the one before goes on signing.
    """

    def __init__(self, module: Path, token: str, pin: str) -> None:
        """Open a session; raise CryptoError (``algorithm_unavailable``) if module, token or PIN do not serve."""
        try:
            self._session = pkcs11.lib(str(module)).get_token(token_label=token).open(rw=True, user_pin=pin)
        except (PKCS11Error, RuntimeError) as error:
            raise CryptoError("algorithm_unavailable", f"the token {token!r} does not open: {error!r}") from error
        self._lock = threading.Lock()

    def close(self) -> None:
        """End the session."""
        self._session.close()

    def create(self, name: str, *, now: datetime) -> Generation:
        """Make the first key of ``name``; raise CryptoError (``key_exists``) if it has one."""
        with self._lock:
            if self._notes(name):
                raise CryptoError("key_exists", f"{name!r} has a key")
            return self._add(name, 1, now, timedelta(0))

    def generations(self, name: str) -> tuple[Generation, ...]:
        """Return every key of ``name``, the oldest first; raise CryptoError (``key_missing``)."""
        with self._lock:
            return self._generations(name)

    def public(self, name: str) -> PublicKey:
        """Return the newest public key; raise CryptoError (``key_missing``)."""
        return self.generations(name)[-1].public

    def sign(self, name: str, message: bytes, *, number: int | None = None) -> bytes:
        """Return the raw signature by the newest key, or by generation ``number``; raise CryptoError (``key_missing``)."""
        with self._lock:
            chosen = number or self._generations(name)[-1].number
            key = self._object(ObjectClass.PRIVATE_KEY, name, chosen)
            if not isinstance(key, pkcs11.SignMixin):
                raise CryptoError("key_missing", f"the key {name!r} number {chosen} of the token does not sign")
            return bytes(key.sign(message, mechanism=Mechanism.EDDSA))

    def rotate(self, name: str, *, now: datetime, overlap: timedelta) -> Generation:
        """Make a new key; the one before signs until ``now`` + ``overlap``. Return the new generation."""
        with self._lock:
            newest = self._generations(name)[-1]
            if overlap < timedelta(0) or now < newest.made_at:
                raise CryptoError("malformed_key", "a key is not replaced before it was made, nor for a negative time")
            return self._add(name, newest.number + 1, now, overlap)

    def _add(self, name: str, number: int, now: datetime, overlap: timedelta) -> Generation:
        curve = self._session.create_domain_parameters(
            KeyType.EC_EDWARDS, {Attribute.EC_PARAMS: _EDWARDS25519}, local=True
        )
        curve.generate_keypair(
            mechanism=Mechanism.EC_EDWARDS_KEY_PAIR_GEN, store=True, label=name, id=number.to_bytes(2, "big")
        )
        note = f"{number} {now.isoformat()} {int(overlap.total_seconds())}"
        self._session.create_object(
            {
                Attribute.CLASS: ObjectClass.DATA,
                Attribute.TOKEN: True,
                Attribute.LABEL: name,
                Attribute.VALUE: note.encode(),
            }
        )
        return Generation(name, number, self._public(name, number), now, None)

    def _generations(self, name: str) -> tuple[Generation, ...]:
        notes = self._notes(name)
        if not notes:
            raise CryptoError("key_missing", f"the token has no key {name!r}")
        retires = [made_at + overlap for _, made_at, overlap in notes[1:]]
        return tuple(
            Generation(name, number, self._public(name, number), made_at, until)
            for (number, made_at, _), until in zip(notes, [*retires, None], strict=True)
        )

    def _notes(self, name: str) -> list[tuple[int, datetime, timedelta]]:
        found = self._session.get_objects({Attribute.CLASS: ObjectClass.DATA, Attribute.LABEL: name})
        words = [bytes(each[Attribute.VALUE]).decode().split(" ") for each in found]
        return sorted(
            (int(number), datetime.fromisoformat(made_at), timedelta(seconds=int(overlap)))
            for number, made_at, overlap in words
        )

    def _public(self, name: str, number: int) -> Ed25519Public:
        point = bytes(self._object(ObjectClass.PUBLIC_KEY, name, number)[Attribute.EC_POINT])
        return Ed25519Public(point.removeprefix(_POINT_HEADER) if len(point) > PUBLIC_BYTES else point)

    def _object(self, kind: ObjectClass, name: str, number: int) -> pkcs11.Object:
        wanted = {Attribute.CLASS: kind, Attribute.LABEL: name, Attribute.ID: number.to_bytes(2, "big")}
        for found in self._session.get_objects(wanted):
            return found
        raise CryptoError("key_missing", f"the token has no key {name!r} number {number}")
