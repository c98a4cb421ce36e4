"""Jobs: the one place that names the engine."""
