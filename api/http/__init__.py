"""The HTTP service: the town as JSON, its tiles as files, and the viewer."""
