"""Pages of projects; thin."""
