"""The console's section `advisor`."""
