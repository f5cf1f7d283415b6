"""Amazon Simple Storage Service (API 2006-03-01)."""
