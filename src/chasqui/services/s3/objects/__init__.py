"""Objects: put, get, head, copy, delete, list, tag."""
