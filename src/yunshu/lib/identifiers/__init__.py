"""Identifiers of China's public administration: made, taken apart and checked.

``ric`` is the resident identity number (GB 11643-1999), ``uscc`` the unified social credit code (GB 32100-2015).
Pure: no Django, no network, no clock. Both also give their check as a PostgreSQL expression, for whole tables at once.
"""
