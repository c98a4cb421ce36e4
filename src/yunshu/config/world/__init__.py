"""示例世界 — departments with databases and nodes on this machine, for trying and showing. Nothing of it runs in production.

``nodes`` makes a node as its operator and the bureau would by hand; ``demo_exchange`` walks the exchange's main way;
``sample`` is what ``make up`` shows.
"""
