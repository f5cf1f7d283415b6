"""The bytes of objects: how they come in, how they lie, how they go out."""
