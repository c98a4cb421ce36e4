"""Writing inspection; one function, one use case, one transaction."""
