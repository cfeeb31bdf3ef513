"""Converters: a file becomes feature batches plus issues. One folder a format."""
