"""The console's section `tours`."""
