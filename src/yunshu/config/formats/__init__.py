"""Formats of dates, one module a language."""
