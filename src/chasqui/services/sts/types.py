"""The shapes of AWS Security Token Service: a struct for each structure of its operations.

Generated from botocore's model (sts 2011-06-15) by `tools/generate_types.py`; do not edit, run that
again.

Members of inputs are all optional here, so that a missing one is told in AWS' words: `REQUIRED` names, in
the model's order, those that AWS asks for (`chasqui.wire.typed.missing_members` looks). Members of outputs
that are None are left out of the answer. Blobs are bytes (base64 in JSON), times are seconds since the
epoch.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta, Struct

# A number outside fails to decode, and the slow path answers it. AWS reads the model's integers as wide as
# its longs and leaves their range to the service.
Integer = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]


class PolicyDescriptorType(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    arn: str | None = None


class Tag(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("Key", "Value")
    Key: str | None = None
    Value: str | None = None


class ProvidedContext(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    ProviderArn: str | None = None
    ContextAssertion: str | None = None


class AssumeRoleRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("RoleArn", "RoleSessionName")
    RoleArn: str | None = None
    RoleSessionName: str | None = None
    PolicyArns: list[PolicyDescriptorType] | None = None
    Policy: str | None = None
    DurationSeconds: Integer | None = None
    Tags: list[Tag] | None = None
    TransitiveTagKeys: list[str] | None = None
    ExternalId: str | None = None
    SerialNumber: str | None = None
    TokenCode: str | None = None
    SourceIdentity: str | None = None
    ProvidedContexts: list[ProvidedContext] | None = None
    MinimumSessionTokenSize: Integer | None = None


class AssumeRoleWithSAMLRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("RoleArn", "PrincipalArn", "SAMLAssertion")
    RoleArn: str | None = None
    PrincipalArn: str | None = None
    SAMLAssertion: str | None = None
    PolicyArns: list[PolicyDescriptorType] | None = None
    Policy: str | None = None
    DurationSeconds: Integer | None = None
    MinimumSessionTokenSize: Integer | None = None


class AssumeRoleWithWebIdentityRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("RoleArn", "RoleSessionName", "WebIdentityToken")
    RoleArn: str | None = None
    RoleSessionName: str | None = None
    WebIdentityToken: str | None = None
    ProviderId: str | None = None
    PolicyArns: list[PolicyDescriptorType] | None = None
    Policy: str | None = None
    DurationSeconds: Integer | None = None
    MinimumSessionTokenSize: Integer | None = None


class AssumeRootRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("TargetPrincipal", "TaskPolicyArn")
    TargetPrincipal: str | None = None
    TaskPolicyArn: PolicyDescriptorType | None = None
    DurationSeconds: Integer | None = None
    MinimumSessionTokenSize: Integer | None = None


class DecodeAuthorizationMessageRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("EncodedMessage",)
    EncodedMessage: str | None = None


class GetAccessKeyInfoRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("AccessKeyId",)
    AccessKeyId: str | None = None


class GetCallerIdentityRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()


class GetDelegatedAccessTokenRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("TradeInToken",)
    TradeInToken: str | None = None


class GetFederationTokenRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("Name",)
    Name: str | None = None
    Policy: str | None = None
    PolicyArns: list[PolicyDescriptorType] | None = None
    DurationSeconds: Integer | None = None
    Tags: list[Tag] | None = None
    MinimumSessionTokenSize: Integer | None = None


class GetSessionTokenRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    DurationSeconds: Integer | None = None
    SerialNumber: str | None = None
    TokenCode: str | None = None
    MinimumSessionTokenSize: Integer | None = None


class GetWebIdentityTokenRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("Audience", "SigningAlgorithm")
    Audience: list[str] | None = None
    DurationSeconds: Integer | None = None
    SigningAlgorithm: str | None = None
    Tags: list[Tag] | None = None


class Credentials(Struct, omit_defaults=True, gc=False):
    AccessKeyId: str
    SecretAccessKey: str
    SessionToken: str
    Expiration: float


class AssumedRoleUser(Struct, omit_defaults=True, gc=False):
    AssumedRoleId: str
    Arn: str


class AssumeRoleResponse(Struct, omit_defaults=True, gc=False):
    Credentials: Credentials | None = None
    AssumedRoleUser: AssumedRoleUser | None = None
    PackedPolicySize: Integer | None = None
    SourceIdentity: str | None = None
    SessionTokenUtilization: Integer | None = None
    SessionTokenSize: Integer | None = None


class AssumeRoleWithSAMLResponse(Struct, omit_defaults=True, gc=False):
    Credentials: Credentials | None = None
    AssumedRoleUser: AssumedRoleUser | None = None
    PackedPolicySize: Integer | None = None
    Subject: str | None = None
    SubjectType: str | None = None
    Issuer: str | None = None
    Audience: str | None = None
    NameQualifier: str | None = None
    SourceIdentity: str | None = None
    SessionTokenUtilization: Integer | None = None
    SessionTokenSize: Integer | None = None


class AssumeRoleWithWebIdentityResponse(Struct, omit_defaults=True, gc=False):
    Credentials: Credentials | None = None
    SubjectFromWebIdentityToken: str | None = None
    AssumedRoleUser: AssumedRoleUser | None = None
    PackedPolicySize: Integer | None = None
    Provider: str | None = None
    Audience: str | None = None
    SourceIdentity: str | None = None
    SessionTokenUtilization: Integer | None = None
    SessionTokenSize: Integer | None = None


class AssumeRootResponse(Struct, omit_defaults=True, gc=False):
    Credentials: Credentials | None = None
    SourceIdentity: str | None = None
    SessionTokenUtilization: Integer | None = None
    SessionTokenSize: Integer | None = None


class DecodeAuthorizationMessageResponse(Struct, omit_defaults=True, gc=False):
    DecodedMessage: str | None = None


class GetAccessKeyInfoResponse(Struct, omit_defaults=True, gc=False):
    Account: str | None = None


class GetCallerIdentityResponse(Struct, omit_defaults=True, gc=False):
    UserId: str | None = None
    Account: str | None = None
    Arn: str | None = None


class GetDelegatedAccessTokenResponse(Struct, omit_defaults=True, gc=False):
    Credentials: Credentials | None = None
    PackedPolicySize: Integer | None = None
    AssumedPrincipal: str | None = None


class FederatedUser(Struct, omit_defaults=True, gc=False):
    FederatedUserId: str
    Arn: str


class GetFederationTokenResponse(Struct, omit_defaults=True, gc=False):
    Credentials: Credentials | None = None
    FederatedUser: FederatedUser | None = None
    PackedPolicySize: Integer | None = None
    SessionTokenUtilization: Integer | None = None
    SessionTokenSize: Integer | None = None


class GetSessionTokenResponse(Struct, omit_defaults=True, gc=False):
    Credentials: Credentials | None = None
    SessionTokenUtilization: Integer | None = None
    SessionTokenSize: Integer | None = None


class GetWebIdentityTokenResponse(Struct, omit_defaults=True, gc=False):
    WebIdentityToken: str | None = None
    Expiration: float | None = None


# The operations' inputs.
INPUTS: dict[str, type[Struct]] = {
    "AssumeRole": AssumeRoleRequest,
    "AssumeRoleWithSAML": AssumeRoleWithSAMLRequest,
    "AssumeRoleWithWebIdentity": AssumeRoleWithWebIdentityRequest,
    "AssumeRoot": AssumeRootRequest,
    "DecodeAuthorizationMessage": DecodeAuthorizationMessageRequest,
    "GetAccessKeyInfo": GetAccessKeyInfoRequest,
    "GetCallerIdentity": GetCallerIdentityRequest,
    "GetDelegatedAccessToken": GetDelegatedAccessTokenRequest,
    "GetFederationToken": GetFederationTokenRequest,
    "GetSessionToken": GetSessionTokenRequest,
    "GetWebIdentityToken": GetWebIdentityTokenRequest,
}

# The outputs of those operations that have one.
OUTPUTS: dict[str, type[Struct]] = {
    "AssumeRole": AssumeRoleResponse,
    "AssumeRoleWithSAML": AssumeRoleWithSAMLResponse,
    "AssumeRoleWithWebIdentity": AssumeRoleWithWebIdentityResponse,
    "AssumeRoot": AssumeRootResponse,
    "DecodeAuthorizationMessage": DecodeAuthorizationMessageResponse,
    "GetAccessKeyInfo": GetAccessKeyInfoResponse,
    "GetCallerIdentity": GetCallerIdentityResponse,
    "GetDelegatedAccessToken": GetDelegatedAccessTokenResponse,
    "GetFederationToken": GetFederationTokenResponse,
    "GetSessionToken": GetSessionTokenResponse,
    "GetWebIdentityToken": GetWebIdentityTokenResponse,
}
