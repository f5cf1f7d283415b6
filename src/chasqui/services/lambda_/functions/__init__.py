"""Functions, versions, aliases, layers, permissions and what is configured on them."""
