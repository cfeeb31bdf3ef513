"""The shapes of all answers and bodies, one file a resource."""
