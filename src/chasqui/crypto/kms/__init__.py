"""KMS keys as resources, and what is encrypted under them: for `services/kms` and for services that encrypt at rest."""
