"""12345 热线 — one number, every channel: a demand is heard, routed, answered in time, called back, and learned from.

Standards: 国办发〔2020〕53号, 国办函〔2025〕66号, 广东省12345热线管理办法 (2022), GB/T 33358. The life of a ticket is a state table
(``rules/life.py``) that the workflow carries; its clocks count working time (``rules/clocks.py``); limits and the duty directory are data.
Start reading at ``contracts.py``, then ``rules/life.py``, then ``models/``.
"""
