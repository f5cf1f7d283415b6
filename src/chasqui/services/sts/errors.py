"""The errors of STS, with AWS' codes and words. One function an error; nothing else lives here.

Source: the STS API reference's "Errors" sections, and answers of AWS as recorded or as users report them.
"""

from __future__ import annotations

from chasqui.base.errors import ServiceError


def validation(message: str) -> ServiceError:
    return ServiceError("ValidationError", message, status=400)


def invalid_arn(arn: str) -> ServiceError:
    return validation(f"{arn} is invalid")


def invalid_value(message: str) -> ServiceError:
    return ServiceError("InvalidParameterValue", message, status=400)


def duplicate_tags() -> ServiceError:
    return invalid_value("Duplicate tag keys found. Please note that Tag keys are case insensitive.")


def reserved_tag() -> ServiceError:
    return validation("The tag keys that start with aws: are reserved and cannot be passed")


def transitive_tag_not_passed() -> ServiceError:
    return invalid_value("The specified transitive tag key must be included in the requested tags.")


def transitive_tag_conflict() -> ServiceError:
    return invalid_value(
        "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the"
        " calling session."
    )


def malformed_policy(message: str) -> ServiceError:
    return ServiceError("MalformedPolicyDocument", message, status=400)


def policy_too_long(limit: int) -> ServiceError:
    return validation(
        "1 validation error detected: Value at 'policy' failed to satisfy constraint: Member must have length less than"
        f" or equal to {limit}"
    )


def packed_policy_too_large(percent: int) -> ServiceError:
    return ServiceError(
        "PackedPolicyTooLarge",
        f"Packed policy consumes {percent}% of allotted space, please use smaller policy.",
        status=400,
    )


def too_many_policies(limit: int) -> ServiceError:
    return validation(
        "1 validation error detected: Value at 'policyArns' failed to satisfy constraint: Member must have length less"
        f" than or equal to {limit}"
    )


def too_many_tags(limit: int) -> ServiceError:
    return validation(
        "1 validation error detected: Value at 'tags' failed to satisfy constraint: Member must have length less than"
        f" or equal to {limit}"
    )


def longer_than_role() -> ServiceError:
    return validation("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")


def longer_than_chain() -> ServiceError:
    return validation(
        "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."
    )


def not_with_session(operation: str) -> ServiceError:
    return denied(f"Cannot call {operation} with session credentials")


def not_authorized(arn: str, action: str, resource: str) -> ServiceError:
    return denied(f"User: {arn} is not authorized to perform: {action} on resource: {resource}")


def mfa_incomplete() -> ServiceError:
    return denied("MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.")


def mfa_failed() -> ServiceError:
    return denied(
        "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid"
        " and associated with this user."
    )


def denied(message: str) -> ServiceError:
    return ServiceError("AccessDenied", message, status=403)


def unknown_access_key() -> ServiceError:
    return ServiceError("InvalidClientTokenId", "The security token included in the request is invalid.", status=403)


def not_implemented(name: str) -> ServiceError:
    return ServiceError("NotImplemented", f"{name} is not implemented.", status=501, fault="Receiver")


def invalid_identity_token(message: str) -> ServiceError:
    return ServiceError("InvalidIdentityToken", message, status=400)


def no_provider(issuer: str) -> ServiceError:
    return invalid_identity_token(f"No OpenIDConnect provider found in your account for {issuer}")


def wrong_audience() -> ServiceError:
    return invalid_identity_token("Incorrect token audience")


def no_verification_key() -> ServiceError:
    return invalid_identity_token(
        "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity"
        " documentation for requirements"
    )


def expired_identity_token(message: str) -> ServiceError:
    return ServiceError("ExpiredTokenException", message, status=400)


def provider_unreachable() -> ServiceError:
    return ServiceError(
        "IDPCommunicationError",
        "The identity provider that issued the token could not be reached to verify it. Try again later.",
        status=400,
    )
