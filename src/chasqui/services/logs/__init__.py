"""Amazon CloudWatch Logs (API 2014-03-28)."""
