"""组织与人员 — organisations, people, accounts, roles, delegation, working calendar, audit trail.

Codes: unified social credit code GB 32100-2015; divisions GB/T 2260. Start reading at ``contracts.py``
(``Viewer``), then ``rules.py`` (who may do what; working time).
"""
