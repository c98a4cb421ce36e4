"""The outpost (前置机): the program beside a department's database. Joins ``lib.nodes`` (orders, sealed chunks, receipts) and
``lib.tables`` (what leaves, masked; what comes, staged and switched).

    settings ─ terms       which databases this node may touch; what an order asks for
    opening ─ sending      a database, folder or service as a source; its chunks, resumable
    receiving              the target's staging table, quarantine and switch
    work                   what ``lib.nodes.agent`` calls
    book ─ errors          what is remembered between two starts; errors without a citizen's data in them
    __main__               ``yunshu node``: create, card, trust, check, run

Credentials stay in this node's own settings: an order names a database by its alias, never by its address. What may leave
and where something may be written is set here too, and no order goes beyond it.
"""
