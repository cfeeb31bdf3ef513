"""Building colors in the Munsell type notation of GB/T 15608, and how far apart two colors are."""
