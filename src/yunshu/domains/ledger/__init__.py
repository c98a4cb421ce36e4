"""The consortium ledger as the other domains use it: ``api.record`` in their transaction, a receipt when it is final.

The ledger keeps a salted commitment, never the record itself; record and salt stay here, can be opened to an auditor
and can be destroyed when the law asks. The protocol is ``yunshu.lib.consortium``; what it promises and what it does not
stands in ``docs/decisions/0005-ledger.md``. Start with ``services.record``, then ``submitting``.
"""
