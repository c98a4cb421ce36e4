"""The machine at work: runs are planned, sites crawled, addresses verified, conclusions kept; killed anywhere it goes on.

``planning`` opens runs, ``working`` does all that is open, ``keeping`` keeps a page, ``linking`` verifies addresses,
``concluding`` ends a run, ``kits`` compiles the city's rules.
"""
