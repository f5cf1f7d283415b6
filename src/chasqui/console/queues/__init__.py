"""The console's section `queues`."""
