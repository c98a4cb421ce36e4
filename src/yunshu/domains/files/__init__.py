"""Attachments: one digest, one scan, one retention rule. A file is opened through the record it belongs to, or not at all.

The owning domain registers its kind of record (``registry.register``); the answer of an unregistered kind is no. Bytes
lie in the data folder under their SHA-256, once however often they are attached. Start with ``services.attach``.
"""
