"""绩效目标表 — the performance table: import, fill-in rules, life, measurement, budget, self-evaluation.

Terms follow 财预〔2020〕10号 (项目支出绩效评价管理办法) and the table's own fill-in requirements. Start reading
at ``contracts.py`` (``TableForm``), then ``rules`` (what is demanded and how it is scored).
"""
