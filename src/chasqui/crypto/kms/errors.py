"""KMS' refusals, in AWS' codes and words (KMS API reference, "Common Errors" and each operation's)."""

from __future__ import annotations

from chasqui.base.errors import ServiceError


def refused(code: str, message: str = "") -> ServiceError:
    """Any of them: KMS answers 400 to all."""
    return ServiceError(code, message, status=400)


def key_not_found(arn: str) -> ServiceError:
    return refused("NotFoundException", f"Key '{arn}' does not exist")


def alias_not_found(arn: str) -> ServiceError:
    return refused("NotFoundException", f"Alias {arn} is not found.")


def invalid_key_id(text: str) -> ServiceError:
    return refused("NotFoundException", f"Invalid keyId '{text}'")


def invalid_arn(what: str) -> ServiceError:
    return refused("NotFoundException", f"Invalid arn {what}")


def disabled(arn: str) -> ServiceError:
    return refused("DisabledException", f"{arn} is disabled.")


def pending_deletion(arn: str) -> ServiceError:
    return refused("KMSInvalidStateException", f"{arn} is pending deletion.")


def not_pending_deletion(arn: str) -> ServiceError:
    return refused("KMSInvalidStateException", f"{arn} is not pending deletion.")


def wrong_usage(arn: str, usage: str, operation: str) -> ServiceError:
    return refused("InvalidKeyUsageException", f"{arn} key usage is {usage} which is not valid for {operation}.")


def invalid_ciphertext() -> ServiceError:
    """AWS says nothing more either: whatever it said would help to forge one."""
    return refused("InvalidCiphertextException")


def incorrect_key() -> ServiceError:
    return refused(
        "IncorrectKeyException", "The key ID in the request does not identify a CMK that can perform this operation."
    )


def unreachable_key() -> ServiceError:
    """What a ciphertext's missing key is told as: AWS does not say which of the three it is."""
    return refused(
        "AccessDeniedException",
        "The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are"
        " not allowed to access.",
    )


def invalid(message: str) -> ServiceError:
    return refused("ValidationException", message)


def unsupported(message: str) -> ServiceError:
    return refused("UnsupportedOperationException", message)
