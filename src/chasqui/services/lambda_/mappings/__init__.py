"""Event-source mappings."""
