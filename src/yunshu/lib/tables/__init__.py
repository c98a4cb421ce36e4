"""Moves tables: masked in the source's own query, in chunks with digests, resumable, switched at once at the target.

Start with ``transfer.run`` (one process that reaches both databases); ``reading`` and ``loading`` are its two halves for
when they stand apart. Knows no city business, no Django, no message bus.
"""
