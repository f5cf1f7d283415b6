"""The key ring, and the envelopes in which bodies lie on disk."""
