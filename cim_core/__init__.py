"""The city: features, coordinate systems, townscape controls, renewal projects and the store."""
