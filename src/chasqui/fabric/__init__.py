"""The registries that services fill and use, so that they need not know each other."""
