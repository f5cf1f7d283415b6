"""Event and filter patterns (EventBridge, SNS): read, compile, match. Pure, and imports `base` only."""
