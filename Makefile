# filled in by the infrastructure helper
