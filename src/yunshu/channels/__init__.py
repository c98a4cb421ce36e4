"""Who talks to people: the public portal and the staff console."""
