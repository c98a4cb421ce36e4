"""Nodes (前置机): programs beside a department's database that dial out to the hub and move data on its signed orders.

    keys ─ cards          who a node is, and which nodes it knows
    letters ─ orders      signed words: hub to node, node to hub
    accounts              the hub server's configuration: who may say and hear what
    envelope ─ parts      sealed chunks, cut in pieces that the server takes
    pulling ─ streaming   from one node's iterator to the other's callback, resumable, in order
    journal ─ agent       what a node remembers, and its loop
    receipts              what both sides say was moved
    forward ─ tiers       county to city to province, stored while the line is down

The transport knows nothing of tables: a chunk is bytes. Start with ``agent`` (the loop) or ``streaming`` (the way of a
chunk). Every refusal is a ``Refused`` with a stable code.
"""
