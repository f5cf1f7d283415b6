"""AWS Signature Version 4: reading what a request presents, and checking it. Pure."""
