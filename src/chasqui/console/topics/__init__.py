"""The console's section `topics`."""
