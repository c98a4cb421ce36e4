"""A repository of backups: sealed pieces named by their digest, signed manifests, retention. Knows no city business.

Start at ``repository`` (what lies where), then ``manifest`` (what a backup says), ``gathering`` and ``giving`` (a folder in and
out), ``streams`` (JetStream in and out), ``retention`` (which stay). PostgreSQL is in ``yunshu.config.backup``.
"""
