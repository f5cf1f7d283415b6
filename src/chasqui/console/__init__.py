"""The web console: pages that are rendered here, for a client of the public API like any other."""
