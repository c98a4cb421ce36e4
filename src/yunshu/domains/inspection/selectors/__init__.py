"""Reading inspection; the first parameter is the viewer."""
