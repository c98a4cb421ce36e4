"""Reading projects; the first parameter is the viewer."""
