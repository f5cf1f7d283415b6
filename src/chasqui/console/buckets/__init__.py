"""The console's section `buckets`."""
