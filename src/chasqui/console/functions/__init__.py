"""The console's section `functions`."""
