"""The city: one Django app a domain, entered by its ``api.py`` or ``contracts.py`` only."""
