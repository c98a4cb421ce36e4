"""Cryptography of the ledger: digests, signatures, sealing, key files and custody. Pure: no Django, no network.

Start at ``keys`` (generate, sign, verify), then ``keyfiles`` and ``custody``. Every failure is a ``CryptoError``.
"""
