"""The console's section `map`."""
