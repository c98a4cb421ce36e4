"""Reading operations; the first parameter is the viewer."""
