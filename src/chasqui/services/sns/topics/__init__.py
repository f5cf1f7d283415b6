"""Topics: made, changed, deleted; their policies and tags."""
