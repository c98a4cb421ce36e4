"""The probers' process (``yunshu operations probe``): looks, stores, judges, seals.

Reading order: ``process`` (what runs), ``keeping`` (the sink: samples into the store, days sealed, digests for the ledger),
``judging`` (samples -> the condition of each target now, with its root cause), ``desk`` (what it reads and writes in the database).
Samples lie in files, so looking goes on while the database is away; conditions and digests are caught up afterwards.
"""
