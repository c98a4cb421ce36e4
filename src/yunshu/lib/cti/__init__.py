"""Computer telephony: calls as events and commands, their distribution to agents, and the switches that carry them. No city business.

``provider`` is what any switch does, ``events`` what it tells; ``acd`` says who answers (pure), ``floor`` lets it run on a switch. Switches:
``sip`` (built in), ``ari`` (Asterisk), ``esl`` (FreeSWITCH), ``memory`` (to show a desk). ``staffing`` and ``indicators`` are arithmetic.
"""
