"""The outermost ring: command line, HTTP service and the wiring between packages."""
