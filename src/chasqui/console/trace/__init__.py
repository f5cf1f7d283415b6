"""The console's section `trace`."""
