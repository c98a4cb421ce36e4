"""Transparency logs: Merkle trees, signed notes, checkpoints, cosignatures, policies, tiles, proof files.

Formats are RFC 9162 and C2SP (c2sp.org); pure: no Django, no network, no clock. Every failure is a ``TlogError``.
Start at ``hashing``, ``frontier`` and ``verifying`` (the tree), then ``note``, ``checkpoint``, ``cosignature`` (what is
signed), ``policy`` (whose signatures count), ``tiles`` (how it is stored), ``proof_file`` (the receipt) and ``twin``.
"""
