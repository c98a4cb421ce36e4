"""Changing a large table while others write to it: a backfill in batches, and defaults that stay in the database.

What a large table needs beyond this (NOT NULL by a checked constraint, indexes and constraints without a long lock) is in
``django_pg_migration_tools.operations``. Such a migration says ``atomic = False``, each of its operations may run again.
Start with ``backfill.Backfill``; ``docs/operate/upgrade.md`` shows a whole example.
"""

from yunshu.lib.migrating.backfill import Backfill
from yunshu.lib.migrating.defaults import has_constant_default, kept_defaults

__all__ = ["Backfill", "has_constant_default", "kept_defaults"]
