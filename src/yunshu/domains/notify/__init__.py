"""Notices: what Yunshu tells a person, and what that person wants to be told.

Domains below tell facts through the outbox, ``handlers`` turns them into notices; domains above call ``api.send``.
Every kind of notice is declared (``registry``), with whether it may be switched off. Start with ``services.send``.
"""
