"""The console's section `home`."""
