"""Writing projects; one use case, one transaction."""
