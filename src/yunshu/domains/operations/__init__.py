"""运行保障 — what is watched, how well it ran, what failed and who mended it; assets, terminals and trainings.

Availability is interval arithmetic over stored samples (``lib.availability``), published as [low, high]; a promise passes only if
the low bound does. Incidents run on the workflow's clocks over each date's real working time. Start reading at
``contracts.py``, then ``models/``, then ``services/``.
"""
