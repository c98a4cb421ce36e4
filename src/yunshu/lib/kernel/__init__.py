"""The few types that everything else shares: errors, events, identifiers, money, measurements.

Pure: no Django, no network. Start with ``errors``.
"""
