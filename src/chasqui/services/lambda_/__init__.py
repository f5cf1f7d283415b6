"""AWS Lambda (API 2015-03-31)."""
