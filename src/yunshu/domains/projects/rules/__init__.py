"""Arithmetic and decisions of projects; pure."""
