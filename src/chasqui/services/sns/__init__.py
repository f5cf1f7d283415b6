"""Amazon Simple Notification Service (API 2010-03-31)."""
