"""A crawler."""
