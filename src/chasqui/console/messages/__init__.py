"""The console's section `messages`."""
