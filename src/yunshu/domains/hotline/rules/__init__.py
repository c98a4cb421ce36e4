"""Pure rules of the hotline: the life of a ticket, its guards, clocks, limits, routing, masking and search words."""
