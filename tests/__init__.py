"""A package proper: sippy and others install a ``tests`` of their own, which would come before a folder without this file."""
