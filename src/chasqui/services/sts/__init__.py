"""STS: who am I, and credentials for a while."""
