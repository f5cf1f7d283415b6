"""AWS Key Management Service (API 2014-11-01)."""
