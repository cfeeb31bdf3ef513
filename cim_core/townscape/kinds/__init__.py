"""The kinds of townscape control, one file each; ``cim_core.townscape.builtin`` lists them."""
