"""Mobile push: platform applications, their endpoints, sending."""
