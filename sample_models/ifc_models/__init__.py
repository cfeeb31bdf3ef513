"""Three synthetic building models of the sample town, written as IFC by a deterministic script."""
