"""Decisions of the exchange over plain values: codes, completeness, lists, clocks, flows."""
