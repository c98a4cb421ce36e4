"""As released."""

from importlib import import_module

Migration = import_module("yunshu.lib.outbox.migrations.0002_triggers").Migration
