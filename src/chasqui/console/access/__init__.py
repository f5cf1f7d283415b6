"""The console's section `access`."""
