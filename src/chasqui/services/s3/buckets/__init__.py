"""Buckets and what is configured on them."""
