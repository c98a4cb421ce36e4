"""Pages of the hotline. Start at ``tickets``."""
