"""数据共享与交换 — the catalogue of the city's data, requests for it, agreements, and deliveries with receipts.

Catalogue: GB/T 21063 and 政务信息资源目录编制指南(试行). Requests and clocks: 政务数据共享条例 (in force 2025-08-01);
every limit is a row of ``ClockRule`` with its source. Start reading at ``contracts.py``, then ``services/``.
"""
