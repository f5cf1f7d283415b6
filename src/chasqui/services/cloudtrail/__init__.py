"""CloudTrail: the audit log, read."""
