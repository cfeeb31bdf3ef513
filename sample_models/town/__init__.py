"""The synthetic sample town of Yu County: invented geometry at the county seat's real place, made by one script."""
