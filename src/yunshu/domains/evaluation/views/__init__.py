"""Pages of the performance table."""
