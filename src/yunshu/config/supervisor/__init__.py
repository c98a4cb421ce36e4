"""One supervisor for everything that ``yunshu up`` runs: PostgreSQL, NATS, web, worker, relay, handlers.

``control`` is the side of the command line (up, down, status, logs, reset); ``run`` is the process that starts
the parts in order and keeps them alive; ``parts`` says what they are; ``state`` is what is kept on disk.
"""
