"""Users, groups, roles, policies and keys as they lie in the store, and how a caller is found among them."""
