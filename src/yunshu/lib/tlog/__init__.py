"""Transparency logs: Merkle trees, signed notes, checkpoints, cosignatures, policies, tiles, proof files.

Formats are RFC 9162 and C2SP (c2sp.org); no Django, no network, no clock, no thread. Every failure is a ``TlogError``.

| to | read |
|---|---|
| grow a tree | ``frontier`` (root only), ``memory`` (all hashes), ``tile_builder`` (as files), ``twin`` (SHA-256 and SM3) |
| make a proof | ``proving``, over ``memory`` or ``tile_nodes`` |
| check a proof | ``verifying``; a receipt with its policy: ``proof_file`` |
| sign a head | ``checkpoint``, ``cosignature``, ``verifier_key``; any text: ``note`` |
| decide whose signatures count | ``opening`` (which fit), ``policy`` (who is trusted), ``verdict`` (is it enough) |
| keep a log on disk, recompute it | ``tiles``, ``folder``, ``auditing`` |
"""
