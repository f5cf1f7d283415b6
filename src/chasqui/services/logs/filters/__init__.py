"""Filter patterns: what CloudWatch Logs matches messages with. Pure."""
