"""Event notifications: what is configured, what is written, who gets it."""
