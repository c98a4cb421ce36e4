"""Writing operations: one function is one use case and one transaction."""
