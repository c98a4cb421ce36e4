"""数据接管 — what can be taken over into the city's domains, wired to their services, and the commands ``yunshu import …``.

The engine is ``yunshu.lib.taking``; here stand the kinds: ``organisations``, ``people``, ``tickets``, ``assets``, ``projects`` (with
contracts and instalments). How an operator goes about it: ``docs/operate/taking-over.md``.
"""
