"""Writing the hotline: one function, one use case, one transaction. Start at ``registering``, then ``dispatching``."""
