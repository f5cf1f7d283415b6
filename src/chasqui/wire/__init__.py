"""AWS' wire protocols without I/O: bytes to an operation's parameters and back."""
