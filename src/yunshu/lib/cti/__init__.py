"""Computer telephony: calls as events and commands, their distribution to agents, and the switches that carry them. No city business.

Start at ``provider`` (what any switch does) and ``acd`` (who answers; pure).
"""
