"""The shapes of AWS Identity and Access Management: a struct for each structure of its operations.

Generated from botocore's model (iam 2010-05-08) by `tools/generate_types.py`; do not edit, run that
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


class AcceptDelegationRequestRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("DelegationRequestId",)
    DelegationRequestId: str | None = None


class ReplacementValueEntry(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("Values",)
    Values: list[str] | None = None


class AcquireRoleRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("TemplateArn",)
    TemplateArn: str | None = None
    TemplateMinorVersion: Integer | None = None
    ReplacementValues: dict[str, ReplacementValueEntry] | None = None


class AddClientIDToOpenIDConnectProviderRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("OpenIDConnectProviderArn", "ClientID")
    OpenIDConnectProviderArn: str | None = None
    ClientID: str | None = None


class AddRoleToInstanceProfileRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("InstanceProfileName", "RoleName")
    InstanceProfileName: str | None = None
    RoleName: str | None = None


class AddUserToGroupRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("GroupName", "UserName")
    GroupName: str | None = None
    UserName: str | None = None


class AssociateDelegationRequestRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("DelegationRequestId",)
    DelegationRequestId: str | None = None


class AttachGroupPolicyRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("GroupName", "PolicyArn")
    GroupName: str | None = None
    PolicyArn: str | None = None


class AttachRolePolicyRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("RoleName", "PolicyArn")
    RoleName: str | None = None
    PolicyArn: str | None = None


class AttachUserPolicyRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("UserName", "PolicyArn")
    UserName: str | None = None
    PolicyArn: str | None = None


class ChangePasswordRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("OldPassword", "NewPassword")
    OldPassword: str | None = None
    NewPassword: str | None = None


class CreateAccessKeyRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    UserName: str | None = None


class CreateAccountAliasRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("AccountAlias",)
    AccountAlias: str | None = None


class PolicyParameter(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    Name: str | None = None
    Values: list[str] | None = None
    Type: str | None = None


class DelegationPermission(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    PolicyTemplateArn: str | None = None
    Parameters: list[PolicyParameter] | None = None


class CreateDelegationRequestRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = (
        "Description",
        "Permissions",
        "RequestorWorkflowId",
        "NotificationChannel",
        "SessionDuration",
    )
    OwnerAccountId: str | None = None
    Description: str | None = None
    Permissions: DelegationPermission | None = None
    RequestMessage: str | None = None
    RequestorWorkflowId: str | None = None
    RedirectUrl: str | None = None
    NotificationChannel: str | None = None
    SessionDuration: Integer | None = None
    OnlySendByOwner: bool | None = None


class CreateGroupRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("GroupName",)
    Path: str | None = None
    GroupName: str | None = None


class Tag(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("Key", "Value")
    Key: str | None = None
    Value: str | None = None


class CreateInstanceProfileRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("InstanceProfileName",)
    InstanceProfileName: str | None = None
    Path: str | None = None
    Tags: list[Tag] | None = None


class CreateLoginProfileRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    UserName: str | None = None
    Password: str | None = None
    PasswordResetRequired: bool | None = None


class CreateOpenIDConnectProviderRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("Url",)
    Url: str | None = None
    ClientIDList: list[str] | None = None
    ThumbprintList: list[str] | None = None
    Tags: list[Tag] | None = None


class CreatePolicyRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("PolicyName", "PolicyDocument")
    PolicyName: str | None = None
    Path: str | None = None
    PolicyDocument: str | None = None
    Description: str | None = None
    Tags: list[Tag] | None = None


class CreatePolicyVersionRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("PolicyArn", "PolicyDocument")
    PolicyArn: str | None = None
    PolicyDocument: str | None = None
    SetAsDefault: bool | None = None


class CreateRoleRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("RoleName", "AssumeRolePolicyDocument")
    Path: str | None = None
    RoleName: str | None = None
    AssumeRolePolicyDocument: str | None = None
    Description: str | None = None
    MaxSessionDuration: Integer | None = None
    PermissionsBoundary: str | None = None
    Tags: list[Tag] | None = None


class CreateSAMLProviderRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("SAMLMetadataDocument", "Name")
    SAMLMetadataDocument: str | None = None
    Name: str | None = None
    Tags: list[Tag] | None = None
    AssertionEncryptionMode: str | None = None
    AddPrivateKey: str | None = None


class CreateServiceLinkedRoleRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("AWSServiceName",)
    AWSServiceName: str | None = None
    Description: str | None = None
    CustomSuffix: str | None = None


class CreateServiceSpecificCredentialRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("UserName", "ServiceName")
    UserName: str | None = None
    ServiceName: str | None = None
    CredentialAgeDays: Integer | None = None


class CreateUserRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("UserName",)
    Path: str | None = None
    UserName: str | None = None
    PermissionsBoundary: str | None = None
    Tags: list[Tag] | None = None


class CreateVirtualMFADeviceRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("VirtualMFADeviceName",)
    Path: str | None = None
    VirtualMFADeviceName: str | None = None
    Tags: list[Tag] | None = None


class DeactivateMFADeviceRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("SerialNumber",)
    UserName: str | None = None
    SerialNumber: str | None = None


class DeleteAccessKeyRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("AccessKeyId",)
    UserName: str | None = None
    AccessKeyId: str | None = None


class DeleteAccountAliasRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("AccountAlias",)
    AccountAlias: str | None = None


class DeleteGroupRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("GroupName",)
    GroupName: str | None = None


class DeleteGroupPolicyRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("GroupName", "PolicyName")
    GroupName: str | None = None
    PolicyName: str | None = None


class DeleteInstanceProfileRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("InstanceProfileName",)
    InstanceProfileName: str | None = None


class DeleteLoginProfileRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    UserName: str | None = None


class DeleteOpenIDConnectProviderRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("OpenIDConnectProviderArn",)
    OpenIDConnectProviderArn: str | None = None


class DeletePolicyRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("PolicyArn",)
    PolicyArn: str | None = None


class DeletePolicyVersionRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("PolicyArn", "VersionId")
    PolicyArn: str | None = None
    VersionId: str | None = None


class DeleteRoleRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("RoleName",)
    RoleName: str | None = None


class DeleteRolePermissionsBoundaryRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("RoleName",)
    RoleName: str | None = None


class DeleteRolePolicyRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("RoleName", "PolicyName")
    RoleName: str | None = None
    PolicyName: str | None = None


class DeleteSAMLProviderRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("SAMLProviderArn",)
    SAMLProviderArn: str | None = None


class DeleteSSHPublicKeyRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("UserName", "SSHPublicKeyId")
    UserName: str | None = None
    SSHPublicKeyId: str | None = None


class DeleteServerCertificateRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("ServerCertificateName",)
    ServerCertificateName: str | None = None


class DeleteServiceLinkedRoleRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("RoleName",)
    RoleName: str | None = None


class DeleteServiceSpecificCredentialRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("ServiceSpecificCredentialId",)
    UserName: str | None = None
    ServiceSpecificCredentialId: str | None = None


class DeleteSigningCertificateRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("CertificateId",)
    UserName: str | None = None
    CertificateId: str | None = None


class DeleteUserRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("UserName",)
    UserName: str | None = None


class DeleteUserPermissionsBoundaryRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("UserName",)
    UserName: str | None = None


class DeleteUserPolicyRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("UserName", "PolicyName")
    UserName: str | None = None
    PolicyName: str | None = None


class DeleteVirtualMFADeviceRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("SerialNumber",)
    SerialNumber: str | None = None


class DetachGroupPolicyRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("GroupName", "PolicyArn")
    GroupName: str | None = None
    PolicyArn: str | None = None


class DetachRolePolicyRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("RoleName", "PolicyArn")
    RoleName: str | None = None
    PolicyArn: str | None = None


class DetachUserPolicyRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("UserName", "PolicyArn")
    UserName: str | None = None
    PolicyArn: str | None = None


class DisableOrganizationsRootCredentialsManagementRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()


class DisableOrganizationsRootSessionsRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()


class EnableMFADeviceRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("UserName", "SerialNumber", "AuthenticationCode1", "AuthenticationCode2")
    UserName: str | None = None
    SerialNumber: str | None = None
    AuthenticationCode1: str | None = None
    AuthenticationCode2: str | None = None


class EnableOrganizationsRootCredentialsManagementRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()


class EnableOrganizationsRootSessionsRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()


class GenerateOrganizationsAccessReportRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("EntityPath",)
    EntityPath: str | None = None
    OrganizationsPolicyId: str | None = None


class GenerateServiceLastAccessedDetailsRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("Arn",)
    Arn: str | None = None
    Granularity: str | None = None


class GetAccessKeyLastUsedRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("AccessKeyId",)
    AccessKeyId: str | None = None


class GetAccountAuthorizationDetailsRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    Filter: list[str] | None = None
    MaxItems: Integer | None = None
    Marker: str | None = None


class GetAccountPropertiesRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()


class GetContextKeysForCustomPolicyRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("PolicyInputList",)
    PolicyInputList: list[str] | None = None


class GetContextKeysForPrincipalPolicyRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("PolicySourceArn",)
    PolicySourceArn: str | None = None
    PolicyInputList: list[str] | None = None


class GetDelegationRequestRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("DelegationRequestId",)
    DelegationRequestId: str | None = None
    DelegationPermissionCheck: bool | None = None


class GetGroupRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("GroupName",)
    GroupName: str | None = None
    Marker: str | None = None
    MaxItems: Integer | None = None


class GetGroupPolicyRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("GroupName", "PolicyName")
    GroupName: str | None = None
    PolicyName: str | None = None


class GetHumanReadableSummaryRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("EntityArn",)
    EntityArn: str | None = None
    Locale: str | None = None


class GetInstanceProfileRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("InstanceProfileName",)
    InstanceProfileName: str | None = None


class GetLoginProfileRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    UserName: str | None = None


class GetMFADeviceRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("SerialNumber",)
    SerialNumber: str | None = None
    UserName: str | None = None


class GetOpenIDConnectProviderRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("OpenIDConnectProviderArn",)
    OpenIDConnectProviderArn: str | None = None


class GetOrganizationsAccessReportRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("JobId",)
    JobId: str | None = None
    MaxItems: Integer | None = None
    Marker: str | None = None
    SortKey: str | None = None


class GetPolicyRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("PolicyArn",)
    PolicyArn: str | None = None


class GetPolicyVersionRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("PolicyArn", "VersionId")
    PolicyArn: str | None = None
    VersionId: str | None = None


class GetRoleRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("RoleName",)
    RoleName: str | None = None


class GetRolePolicyRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("RoleName", "PolicyName")
    RoleName: str | None = None
    PolicyName: str | None = None


class GetRoleTemplateVersionRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("TemplateArn",)
    TemplateArn: str | None = None
    MinorVersion: Integer | None = None


class GetSAMLProviderRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("SAMLProviderArn",)
    SAMLProviderArn: str | None = None


class GetSSHPublicKeyRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("UserName", "SSHPublicKeyId", "Encoding")
    UserName: str | None = None
    SSHPublicKeyId: str | None = None
    Encoding: str | None = None


class GetServerCertificateRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("ServerCertificateName",)
    ServerCertificateName: str | None = None


class GetServiceLastAccessedDetailsRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("JobId",)
    JobId: str | None = None
    MaxItems: Integer | None = None
    Marker: str | None = None


class GetServiceLastAccessedDetailsWithEntitiesRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("JobId", "ServiceNamespace")
    JobId: str | None = None
    ServiceNamespace: str | None = None
    MaxItems: Integer | None = None
    Marker: str | None = None


class GetServiceLinkedRoleDeletionStatusRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("DeletionTaskId",)
    DeletionTaskId: str | None = None


class GetUserRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    UserName: str | None = None


class GetUserPolicyRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("UserName", "PolicyName")
    UserName: str | None = None
    PolicyName: str | None = None


class ListAccessKeysRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    UserName: str | None = None
    Marker: str | None = None
    MaxItems: Integer | None = None


class ListAccountAliasesRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    Marker: str | None = None
    MaxItems: Integer | None = None


class ListAttachedGroupPoliciesRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("GroupName",)
    GroupName: str | None = None
    PathPrefix: str | None = None
    Marker: str | None = None
    MaxItems: Integer | None = None


class ListAttachedRolePoliciesRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("RoleName",)
    RoleName: str | None = None
    PathPrefix: str | None = None
    Marker: str | None = None
    MaxItems: Integer | None = None


class ListAttachedUserPoliciesRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("UserName",)
    UserName: str | None = None
    PathPrefix: str | None = None
    Marker: str | None = None
    MaxItems: Integer | None = None


class ListDelegationRequestsRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    OwnerId: str | None = None
    Marker: str | None = None
    MaxItems: Integer | None = None


class ListEntitiesForPolicyRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("PolicyArn",)
    PolicyArn: str | None = None
    EntityFilter: str | None = None
    PathPrefix: str | None = None
    PolicyUsageFilter: str | None = None
    Marker: str | None = None
    MaxItems: Integer | None = None


class ListGroupPoliciesRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("GroupName",)
    GroupName: str | None = None
    Marker: str | None = None
    MaxItems: Integer | None = None


class ListGroupsRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    PathPrefix: str | None = None
    Marker: str | None = None
    MaxItems: Integer | None = None


class ListGroupsForUserRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("UserName",)
    UserName: str | None = None
    Marker: str | None = None
    MaxItems: Integer | None = None


class ListInstanceProfileTagsRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("InstanceProfileName",)
    InstanceProfileName: str | None = None
    Marker: str | None = None
    MaxItems: Integer | None = None


class ListInstanceProfilesRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    PathPrefix: str | None = None
    Marker: str | None = None
    MaxItems: Integer | None = None


class ListInstanceProfilesForRoleRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("RoleName",)
    RoleName: str | None = None
    Marker: str | None = None
    MaxItems: Integer | None = None


class ListMFADeviceTagsRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("SerialNumber",)
    SerialNumber: str | None = None
    Marker: str | None = None
    MaxItems: Integer | None = None


class ListMFADevicesRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    UserName: str | None = None
    Marker: str | None = None
    MaxItems: Integer | None = None


class ListOpenIDConnectProviderTagsRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("OpenIDConnectProviderArn",)
    OpenIDConnectProviderArn: str | None = None
    Marker: str | None = None
    MaxItems: Integer | None = None


class ListOpenIDConnectProvidersRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()


class ListOrganizationsFeaturesRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()


class ListPoliciesRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    Scope: str | None = None
    OnlyAttached: bool | None = None
    PathPrefix: str | None = None
    PolicyUsageFilter: str | None = None
    Marker: str | None = None
    MaxItems: Integer | None = None


class ListPoliciesGrantingServiceAccessRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("Arn", "ServiceNamespaces")
    Marker: str | None = None
    Arn: str | None = None
    ServiceNamespaces: list[str] | None = None


class ListPolicyTagsRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("PolicyArn",)
    PolicyArn: str | None = None
    Marker: str | None = None
    MaxItems: Integer | None = None


class ListPolicyVersionsRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("PolicyArn",)
    PolicyArn: str | None = None
    Marker: str | None = None
    MaxItems: Integer | None = None


class ListRolePoliciesRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("RoleName",)
    RoleName: str | None = None
    Marker: str | None = None
    MaxItems: Integer | None = None


class ListRoleTagsRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("RoleName",)
    RoleName: str | None = None
    Marker: str | None = None
    MaxItems: Integer | None = None


class ListRolesRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    PathPrefix: str | None = None
    Marker: str | None = None
    MaxItems: Integer | None = None


class ListSAMLProviderTagsRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("SAMLProviderArn",)
    SAMLProviderArn: str | None = None
    Marker: str | None = None
    MaxItems: Integer | None = None


class ListSAMLProvidersRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()


class ListSSHPublicKeysRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    UserName: str | None = None
    Marker: str | None = None
    MaxItems: Integer | None = None


class ListServerCertificateTagsRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("ServerCertificateName",)
    ServerCertificateName: str | None = None
    Marker: str | None = None
    MaxItems: Integer | None = None


class ListServerCertificatesRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    PathPrefix: str | None = None
    Marker: str | None = None
    MaxItems: Integer | None = None


class ListServiceSpecificCredentialsRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    UserName: str | None = None
    ServiceName: str | None = None
    AllUsers: bool | None = None
    Marker: str | None = None
    MaxItems: Integer | None = None


class ListSigningCertificatesRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    UserName: str | None = None
    Marker: str | None = None
    MaxItems: Integer | None = None


class ListUserPoliciesRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("UserName",)
    UserName: str | None = None
    Marker: str | None = None
    MaxItems: Integer | None = None


class ListUserTagsRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("UserName",)
    UserName: str | None = None
    Marker: str | None = None
    MaxItems: Integer | None = None


class ListUsersRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    PathPrefix: str | None = None
    Marker: str | None = None
    MaxItems: Integer | None = None


class ListVirtualMFADevicesRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    AssignmentStatus: str | None = None
    Marker: str | None = None
    MaxItems: Integer | None = None


class PutAccountPropertiesRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("Properties",)
    Properties: dict[str, str] | None = None


class PutGroupPolicyRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("GroupName", "PolicyName", "PolicyDocument")
    GroupName: str | None = None
    PolicyName: str | None = None
    PolicyDocument: str | None = None


class PutRolePermissionsBoundaryRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("RoleName", "PermissionsBoundary")
    RoleName: str | None = None
    PermissionsBoundary: str | None = None


class PutRolePolicyRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("RoleName", "PolicyName", "PolicyDocument")
    RoleName: str | None = None
    PolicyName: str | None = None
    PolicyDocument: str | None = None


class PutUserPermissionsBoundaryRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("UserName", "PermissionsBoundary")
    UserName: str | None = None
    PermissionsBoundary: str | None = None


class PutUserPolicyRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("UserName", "PolicyName", "PolicyDocument")
    UserName: str | None = None
    PolicyName: str | None = None
    PolicyDocument: str | None = None


class RejectDelegationRequestRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("DelegationRequestId",)
    DelegationRequestId: str | None = None
    Notes: str | None = None


class RemoveClientIDFromOpenIDConnectProviderRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("OpenIDConnectProviderArn", "ClientID")
    OpenIDConnectProviderArn: str | None = None
    ClientID: str | None = None


class RemoveRoleFromInstanceProfileRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("InstanceProfileName", "RoleName")
    InstanceProfileName: str | None = None
    RoleName: str | None = None


class RemoveUserFromGroupRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("GroupName", "UserName")
    GroupName: str | None = None
    UserName: str | None = None


class ResetServiceSpecificCredentialRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("ServiceSpecificCredentialId",)
    UserName: str | None = None
    ServiceSpecificCredentialId: str | None = None


class ResyncMFADeviceRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("UserName", "SerialNumber", "AuthenticationCode1", "AuthenticationCode2")
    UserName: str | None = None
    SerialNumber: str | None = None
    AuthenticationCode1: str | None = None
    AuthenticationCode2: str | None = None


class SendDelegationTokenRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("DelegationRequestId",)
    DelegationRequestId: str | None = None


class SetDefaultPolicyVersionRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("PolicyArn", "VersionId")
    PolicyArn: str | None = None
    VersionId: str | None = None


class SetSecurityTokenServicePreferencesRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("GlobalEndpointTokenVersion",)
    GlobalEndpointTokenVersion: str | None = None


class OrderedOrganizationPolicyType(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    ServiceControlPolicyInputList: list[str] | None = None


class ContextEntry(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    ContextKeyName: str | None = None
    ContextKeyValues: list[str] | None = None
    ContextKeyType: str | None = None


class SimulateCustomPolicyRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("PolicyInputList", "ActionNames")
    PolicyInputList: list[str] | None = None
    PermissionsBoundaryPolicyInputList: list[str] | None = None
    OrderedOrganizationPolicyInputList: list[OrderedOrganizationPolicyType] | None = None
    ActionNames: list[str] | None = None
    ResourceArns: list[str] | None = None
    ResourcePolicy: str | None = None
    ResourceOwner: str | None = None
    CallerArn: str | None = None
    ContextEntries: list[ContextEntry] | None = None
    ResourceHandlingOption: str | None = None
    MaxItems: Integer | None = None
    Marker: str | None = None


class InlinePolicyIdentifierType(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("PolicyName", "AttachmentType", "AttachmentName")
    PolicyName: str | None = None
    AttachmentType: str | None = None
    AttachmentName: str | None = None


class PolicyIdentifier(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    PolicyType: str | None = None
    PolicyArn: str | None = None
    InlinePolicyIdentifier: InlinePolicyIdentifierType | None = None


class SimulatePrincipalPolicyRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("PolicySourceArn", "ActionNames")
    PolicySourceArn: str | None = None
    PolicyInputList: list[str] | None = None
    PermissionsBoundaryPolicyInputList: list[str] | None = None
    PolicyExclusionList: list[PolicyIdentifier] | None = None
    ActionNames: list[str] | None = None
    ResourceArns: list[str] | None = None
    ResourcePolicy: str | None = None
    ResourceOwner: str | None = None
    CallerArn: str | None = None
    ContextEntries: list[ContextEntry] | None = None
    ResourceHandlingOption: str | None = None
    MaxItems: Integer | None = None
    Marker: str | None = None


class TagInstanceProfileRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("InstanceProfileName", "Tags")
    InstanceProfileName: str | None = None
    Tags: list[Tag] | None = None


class TagMFADeviceRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("SerialNumber", "Tags")
    SerialNumber: str | None = None
    Tags: list[Tag] | None = None


class TagOpenIDConnectProviderRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("OpenIDConnectProviderArn", "Tags")
    OpenIDConnectProviderArn: str | None = None
    Tags: list[Tag] | None = None


class TagPolicyRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("PolicyArn", "Tags")
    PolicyArn: str | None = None
    Tags: list[Tag] | None = None


class TagRoleRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("RoleName", "Tags")
    RoleName: str | None = None
    Tags: list[Tag] | None = None


class TagSAMLProviderRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("SAMLProviderArn", "Tags")
    SAMLProviderArn: str | None = None
    Tags: list[Tag] | None = None


class TagServerCertificateRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("ServerCertificateName", "Tags")
    ServerCertificateName: str | None = None
    Tags: list[Tag] | None = None


class TagUserRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("UserName", "Tags")
    UserName: str | None = None
    Tags: list[Tag] | None = None


class UntagInstanceProfileRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("InstanceProfileName", "TagKeys")
    InstanceProfileName: str | None = None
    TagKeys: list[str] | None = None


class UntagMFADeviceRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("SerialNumber", "TagKeys")
    SerialNumber: str | None = None
    TagKeys: list[str] | None = None


class UntagOpenIDConnectProviderRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("OpenIDConnectProviderArn", "TagKeys")
    OpenIDConnectProviderArn: str | None = None
    TagKeys: list[str] | None = None


class UntagPolicyRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("PolicyArn", "TagKeys")
    PolicyArn: str | None = None
    TagKeys: list[str] | None = None


class UntagRoleRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("RoleName", "TagKeys")
    RoleName: str | None = None
    TagKeys: list[str] | None = None


class UntagSAMLProviderRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("SAMLProviderArn", "TagKeys")
    SAMLProviderArn: str | None = None
    TagKeys: list[str] | None = None


class UntagServerCertificateRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("ServerCertificateName", "TagKeys")
    ServerCertificateName: str | None = None
    TagKeys: list[str] | None = None


class UntagUserRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("UserName", "TagKeys")
    UserName: str | None = None
    TagKeys: list[str] | None = None


class UpdateAccessKeyRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("AccessKeyId", "Status")
    UserName: str | None = None
    AccessKeyId: str | None = None
    Status: str | None = None


class UpdateAccountPasswordPolicyRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    MinimumPasswordLength: Integer | None = None
    RequireSymbols: bool | None = None
    RequireNumbers: bool | None = None
    RequireUppercaseCharacters: bool | None = None
    RequireLowercaseCharacters: bool | None = None
    AllowUsersToChangePassword: bool | None = None
    MaxPasswordAge: Integer | None = None
    PasswordReusePrevention: Integer | None = None
    HardExpiry: bool | None = None


class UpdateAssumeRolePolicyRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("RoleName", "PolicyDocument")
    RoleName: str | None = None
    PolicyDocument: str | None = None


class UpdateDelegationRequestRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("DelegationRequestId",)
    DelegationRequestId: str | None = None
    Notes: str | None = None


class UpdateGroupRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("GroupName",)
    GroupName: str | None = None
    NewPath: str | None = None
    NewGroupName: str | None = None


class UpdateLoginProfileRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("UserName",)
    UserName: str | None = None
    Password: str | None = None
    PasswordResetRequired: bool | None = None


class UpdateOpenIDConnectProviderThumbprintRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("OpenIDConnectProviderArn", "ThumbprintList")
    OpenIDConnectProviderArn: str | None = None
    ThumbprintList: list[str] | None = None


class UpdateRoleRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("RoleName",)
    RoleName: str | None = None
    Description: str | None = None
    MaxSessionDuration: Integer | None = None


class UpdateRoleDescriptionRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("RoleName", "Description")
    RoleName: str | None = None
    Description: str | None = None


class UpdateSAMLProviderRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("SAMLProviderArn",)
    SAMLMetadataDocument: str | None = None
    SAMLProviderArn: str | None = None
    AssertionEncryptionMode: str | None = None
    AddPrivateKey: str | None = None
    RemovePrivateKey: str | None = None


class UpdateSSHPublicKeyRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("UserName", "SSHPublicKeyId", "Status")
    UserName: str | None = None
    SSHPublicKeyId: str | None = None
    Status: str | None = None


class UpdateServerCertificateRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("ServerCertificateName",)
    ServerCertificateName: str | None = None
    NewPath: str | None = None
    NewServerCertificateName: str | None = None


class UpdateServiceSpecificCredentialRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("ServiceSpecificCredentialId", "Status")
    UserName: str | None = None
    ServiceSpecificCredentialId: str | None = None
    Status: str | None = None


class UpdateSigningCertificateRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("CertificateId", "Status")
    UserName: str | None = None
    CertificateId: str | None = None
    Status: str | None = None


class UpdateUserRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("UserName",)
    UserName: str | None = None
    NewPath: str | None = None
    NewUserName: str | None = None


class UploadSSHPublicKeyRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("UserName", "SSHPublicKeyBody")
    UserName: str | None = None
    SSHPublicKeyBody: str | None = None


class UploadServerCertificateRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("ServerCertificateName", "CertificateBody", "PrivateKey")
    Path: str | None = None
    ServerCertificateName: str | None = None
    CertificateBody: str | None = None
    PrivateKey: str | None = None
    CertificateChain: str | None = None
    Tags: list[Tag] | None = None


class UploadSigningCertificateRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("CertificateBody",)
    UserName: str | None = None
    CertificateBody: str | None = None


class AttachedPermissionsBoundary(Struct, omit_defaults=True, gc=False):
    PermissionsBoundaryType: str | None = None
    PermissionsBoundaryArn: str | None = None


class RoleLastUsed(Struct, omit_defaults=True, gc=False):
    LastUsedDate: float | None = None
    Region: str | None = None


class SourceRoleTemplate(Struct, omit_defaults=True, gc=False):
    TemplateArn: str
    TemplateMinorVersion: Integer


class Role(Struct, omit_defaults=True, gc=False):
    Path: str
    RoleName: str
    RoleId: str
    Arn: str
    CreateDate: float
    AssumeRolePolicyDocument: str | None = None
    Description: str | None = None
    MaxSessionDuration: Integer | None = None
    PermissionsBoundary: AttachedPermissionsBoundary | None = None
    Tags: list[Tag] | None = None
    RoleLastUsed: RoleLastUsed | None = None
    SourceRoleTemplate: SourceRoleTemplate | None = None


class AcquireRoleResponse(Struct, omit_defaults=True, gc=False):
    Role: Role


class AccessKey(Struct, omit_defaults=True, gc=False):
    UserName: str
    AccessKeyId: str
    Status: str
    SecretAccessKey: str
    CreateDate: float | None = None


class CreateAccessKeyResponse(Struct, omit_defaults=True, gc=False):
    AccessKey: AccessKey


class CreateDelegationRequestResponse(Struct, omit_defaults=True, gc=False):
    ConsoleDeepLink: str | None = None
    DelegationRequestId: str | None = None


class Group(Struct, omit_defaults=True, gc=False):
    Path: str
    GroupName: str
    GroupId: str
    Arn: str
    CreateDate: float


class CreateGroupResponse(Struct, omit_defaults=True, gc=False):
    Group: Group


class InstanceProfile(Struct, omit_defaults=True, gc=False):
    Path: str
    InstanceProfileName: str
    InstanceProfileId: str
    Arn: str
    CreateDate: float
    Roles: list[Role] | None = None
    Tags: list[Tag] | None = None


class CreateInstanceProfileResponse(Struct, omit_defaults=True, gc=False):
    InstanceProfile: InstanceProfile


class LoginProfile(Struct, omit_defaults=True, gc=False):
    UserName: str
    CreateDate: float
    PasswordResetRequired: bool | None = None


class CreateLoginProfileResponse(Struct, omit_defaults=True, gc=False):
    LoginProfile: LoginProfile


class CreateOpenIDConnectProviderResponse(Struct, omit_defaults=True, gc=False):
    OpenIDConnectProviderArn: str | None = None
    Tags: list[Tag] | None = None


class Policy(Struct, omit_defaults=True, gc=False):
    PolicyName: str | None = None
    PolicyId: str | None = None
    Arn: str | None = None
    Path: str | None = None
    DefaultVersionId: str | None = None
    AttachmentCount: Integer | None = None
    PermissionsBoundaryUsageCount: Integer | None = None
    IsAttachable: bool | None = None
    Description: str | None = None
    CreateDate: float | None = None
    UpdateDate: float | None = None
    Tags: list[Tag] | None = None


class CreatePolicyResponse(Struct, omit_defaults=True, gc=False):
    Policy: Policy | None = None


class PolicyVersion(Struct, omit_defaults=True, gc=False):
    Document: str | None = None
    VersionId: str | None = None
    IsDefaultVersion: bool | None = None
    CreateDate: float | None = None


class CreatePolicyVersionResponse(Struct, omit_defaults=True, gc=False):
    PolicyVersion: PolicyVersion | None = None


class CreateRoleResponse(Struct, omit_defaults=True, gc=False):
    Role: Role


class CreateSAMLProviderResponse(Struct, omit_defaults=True, gc=False):
    SAMLProviderArn: str | None = None
    Tags: list[Tag] | None = None


class CreateServiceLinkedRoleResponse(Struct, omit_defaults=True, gc=False):
    Role: Role | None = None


class ServiceSpecificCredential(Struct, omit_defaults=True, gc=False):
    CreateDate: float
    ServiceName: str
    ServiceSpecificCredentialId: str
    UserName: str
    Status: str
    ExpirationDate: float | None = None
    ServiceUserName: str | None = None
    ServicePassword: str | None = None
    ServiceCredentialAlias: str | None = None
    ServiceCredentialSecret: str | None = None


class CreateServiceSpecificCredentialResponse(Struct, omit_defaults=True, gc=False):
    ServiceSpecificCredential: ServiceSpecificCredential | None = None


class User(Struct, omit_defaults=True, gc=False):
    Path: str
    UserName: str
    UserId: str
    Arn: str
    CreateDate: float
    PasswordLastUsed: float | None = None
    PermissionsBoundary: AttachedPermissionsBoundary | None = None
    Tags: list[Tag] | None = None


class CreateUserResponse(Struct, omit_defaults=True, gc=False):
    User: User | None = None


class VirtualMFADevice(Struct, omit_defaults=True, gc=False):
    SerialNumber: str
    Base32StringSeed: bytes | None = None
    QRCodePNG: bytes | None = None
    User: User | None = None
    EnableDate: float | None = None
    Tags: list[Tag] | None = None


class CreateVirtualMFADeviceResponse(Struct, omit_defaults=True, gc=False):
    VirtualMFADevice: VirtualMFADevice


class DeleteServiceLinkedRoleResponse(Struct, omit_defaults=True, gc=False):
    DeletionTaskId: str


class DisableOrganizationsRootCredentialsManagementResponse(Struct, omit_defaults=True, gc=False):
    OrganizationId: str | None = None
    EnabledFeatures: list[str] | None = None


class DisableOrganizationsRootSessionsResponse(Struct, omit_defaults=True, gc=False):
    OrganizationId: str | None = None
    EnabledFeatures: list[str] | None = None


class EnableOrganizationsRootCredentialsManagementResponse(Struct, omit_defaults=True, gc=False):
    OrganizationId: str | None = None
    EnabledFeatures: list[str] | None = None


class EnableOrganizationsRootSessionsResponse(Struct, omit_defaults=True, gc=False):
    OrganizationId: str | None = None
    EnabledFeatures: list[str] | None = None


class EnableOutboundWebIdentityFederationResponse(Struct, omit_defaults=True, gc=False):
    IssuerIdentifier: str | None = None


class GenerateCredentialReportResponse(Struct, omit_defaults=True, gc=False):
    State: str | None = None
    Description: str | None = None


class GenerateOrganizationsAccessReportResponse(Struct, omit_defaults=True, gc=False):
    JobId: str | None = None


class GenerateServiceLastAccessedDetailsResponse(Struct, omit_defaults=True, gc=False):
    JobId: str | None = None


class AccessKeyLastUsed(Struct, omit_defaults=True, gc=False):
    ServiceName: str
    Region: str
    LastUsedDate: float | None = None


class GetAccessKeyLastUsedResponse(Struct, omit_defaults=True, gc=False):
    UserName: str | None = None
    AccessKeyLastUsed: AccessKeyLastUsed | None = None


class PolicyDetail(Struct, omit_defaults=True, gc=False):
    PolicyName: str | None = None
    PolicyDocument: str | None = None


class AttachedPolicy(Struct, omit_defaults=True, gc=False):
    PolicyName: str | None = None
    PolicyArn: str | None = None


class UserDetail(Struct, omit_defaults=True, gc=False):
    Path: str | None = None
    UserName: str | None = None
    UserId: str | None = None
    Arn: str | None = None
    CreateDate: float | None = None
    UserPolicyList: list[PolicyDetail] | None = None
    GroupList: list[str] | None = None
    AttachedManagedPolicies: list[AttachedPolicy] | None = None
    PermissionsBoundary: AttachedPermissionsBoundary | None = None
    Tags: list[Tag] | None = None


class GroupDetail(Struct, omit_defaults=True, gc=False):
    Path: str | None = None
    GroupName: str | None = None
    GroupId: str | None = None
    Arn: str | None = None
    CreateDate: float | None = None
    GroupPolicyList: list[PolicyDetail] | None = None
    AttachedManagedPolicies: list[AttachedPolicy] | None = None


class RoleDetail(Struct, omit_defaults=True, gc=False):
    Path: str | None = None
    RoleName: str | None = None
    RoleId: str | None = None
    Arn: str | None = None
    CreateDate: float | None = None
    AssumeRolePolicyDocument: str | None = None
    InstanceProfileList: list[InstanceProfile] | None = None
    RolePolicyList: list[PolicyDetail] | None = None
    AttachedManagedPolicies: list[AttachedPolicy] | None = None
    PermissionsBoundary: AttachedPermissionsBoundary | None = None
    Tags: list[Tag] | None = None
    RoleLastUsed: RoleLastUsed | None = None


class ManagedPolicyDetail(Struct, omit_defaults=True, gc=False):
    PolicyName: str | None = None
    PolicyId: str | None = None
    Arn: str | None = None
    Path: str | None = None
    DefaultVersionId: str | None = None
    AttachmentCount: Integer | None = None
    PermissionsBoundaryUsageCount: Integer | None = None
    IsAttachable: bool | None = None
    Description: str | None = None
    CreateDate: float | None = None
    UpdateDate: float | None = None
    PolicyVersionList: list[PolicyVersion] | None = None


class GetAccountAuthorizationDetailsResponse(Struct, omit_defaults=True, gc=False):
    UserDetailList: list[UserDetail] | None = None
    GroupDetailList: list[GroupDetail] | None = None
    RoleDetailList: list[RoleDetail] | None = None
    Policies: list[ManagedPolicyDetail] | None = None
    IsTruncated: bool | None = None
    Marker: str | None = None


class PasswordPolicy(Struct, omit_defaults=True, gc=False):
    MinimumPasswordLength: Integer | None = None
    RequireSymbols: bool | None = None
    RequireNumbers: bool | None = None
    RequireUppercaseCharacters: bool | None = None
    RequireLowercaseCharacters: bool | None = None
    AllowUsersToChangePassword: bool | None = None
    ExpirePasswords: bool | None = None
    MaxPasswordAge: Integer | None = None
    PasswordReusePrevention: Integer | None = None
    HardExpiry: bool | None = None


class GetAccountPasswordPolicyResponse(Struct, omit_defaults=True, gc=False):
    PasswordPolicy: PasswordPolicy


class GetAccountPropertiesResponse(Struct, omit_defaults=True, gc=False):
    Properties: dict[str, str] | None = None


class GetAccountSummaryResponse(Struct, omit_defaults=True, gc=False):
    SummaryMap: dict[str, Integer] | None = None


class GetContextKeysForPolicyResponse(Struct, omit_defaults=True, gc=False):
    ContextKeyNames: list[str] | None = None


class GetCredentialReportResponse(Struct, omit_defaults=True, gc=False):
    Content: bytes | None = None
    ReportFormat: str | None = None
    GeneratedTime: float | None = None


class DelegationRequest(Struct, omit_defaults=True, gc=False):
    DelegationRequestId: str | None = None
    OwnerAccountId: str | None = None
    Description: str | None = None
    RequestMessage: str | None = None
    Permissions: DelegationPermission | None = None
    PermissionPolicy: str | None = None
    RolePermissionRestrictionArns: list[str] | None = None
    OwnerId: str | None = None
    ApproverId: str | None = None
    State: str | None = None
    ExpirationTime: float | None = None
    RequestorId: str | None = None
    RequestorName: str | None = None
    CreateDate: float | None = None
    SessionDuration: Integer | None = None
    RedirectUrl: str | None = None
    Notes: str | None = None
    RejectionReason: str | None = None
    OnlySendByOwner: bool | None = None
    UpdatedTime: float | None = None


class GetDelegationRequestResponse(Struct, omit_defaults=True, gc=False):
    DelegationRequest: DelegationRequest | None = None
    PermissionCheckStatus: str | None = None
    PermissionCheckResult: str | None = None


class GetGroupResponse(Struct, omit_defaults=True, gc=False):
    Group: Group
    Users: list[User] | None = None
    IsTruncated: bool | None = None
    Marker: str | None = None


class GetGroupPolicyResponse(Struct, omit_defaults=True, gc=False):
    GroupName: str
    PolicyName: str
    PolicyDocument: str


class GetHumanReadableSummaryResponse(Struct, omit_defaults=True, gc=False):
    SummaryContent: str | None = None
    Locale: str | None = None
    SummaryState: str | None = None


class GetInstanceProfileResponse(Struct, omit_defaults=True, gc=False):
    InstanceProfile: InstanceProfile


class GetLoginProfileResponse(Struct, omit_defaults=True, gc=False):
    LoginProfile: LoginProfile


class GetMFADeviceResponse(Struct, omit_defaults=True, gc=False):
    SerialNumber: str
    UserName: str | None = None
    EnableDate: float | None = None
    Certifications: dict[str, str] | None = None


class GetOpenIDConnectProviderResponse(Struct, omit_defaults=True, gc=False):
    Url: str | None = None
    ClientIDList: list[str] | None = None
    ThumbprintList: list[str] | None = None
    CreateDate: float | None = None
    Tags: list[Tag] | None = None


class AccessDetail(Struct, omit_defaults=True, gc=False):
    ServiceName: str
    ServiceNamespace: str
    Region: str | None = None
    EntityPath: str | None = None
    LastAuthenticatedTime: float | None = None
    TotalAuthenticatedEntities: Integer | None = None


class ErrorDetails(Struct, omit_defaults=True, gc=False):
    Message: str
    Code: str


class GetOrganizationsAccessReportResponse(Struct, omit_defaults=True, gc=False):
    JobStatus: str
    JobCreationDate: float
    JobCompletionDate: float | None = None
    NumberOfServicesAccessible: Integer | None = None
    NumberOfServicesNotAccessed: Integer | None = None
    AccessDetails: list[AccessDetail] | None = None
    IsTruncated: bool | None = None
    Marker: str | None = None
    ErrorDetails: ErrorDetails | None = None


class GetOutboundWebIdentityFederationInfoResponse(Struct, omit_defaults=True, gc=False):
    IssuerIdentifier: str | None = None
    JwtVendingEnabled: bool | None = None


class GetPolicyResponse(Struct, omit_defaults=True, gc=False):
    Policy: Policy | None = None


class GetPolicyVersionResponse(Struct, omit_defaults=True, gc=False):
    PolicyVersion: PolicyVersion | None = None


class GetRoleResponse(Struct, omit_defaults=True, gc=False):
    Role: Role


class GetRolePolicyResponse(Struct, omit_defaults=True, gc=False):
    RoleName: str
    PolicyName: str
    PolicyDocument: str


class InlinePolicy(Struct, omit_defaults=True, gc=False):
    PolicyName: str
    PolicyDocument: str


class ParameterDefinition(Struct, omit_defaults=True, gc=False):
    Name: str
    Type: str
    SubType: str | None = None
    Description: str | None = None
    IsRequired: bool | None = None
    DefaultValue: str | None = None
    Immutable: bool | None = None


class TagTemplate(Struct, omit_defaults=True, gc=False):
    Key: str
    Value: str


class RoleTemplateVersion(Struct, omit_defaults=True, gc=False):
    TemplateArn: str | None = None
    TemplateName: str | None = None
    TemplateVersionId: str | None = None
    Description: str | None = None
    MajorVersion: Integer | None = None
    DefaultMinorVersion: Integer | None = None
    ManagedByType: str | None = None
    ManagedByValue: str | None = None
    Enabled: bool | None = None
    MinorVersion: Integer | None = None
    RoleNamePattern: str | None = None
    RolePathPattern: str | None = None
    RoleDescriptionPattern: str | None = None
    AssumeRolePolicyDocumentTemplate: str | None = None
    InlinePolicyTemplates: list[InlinePolicy] | None = None
    ManagedPolicyArns: list[str] | None = None
    PermissionBoundaryArn: str | None = None
    ParametersDefinition: list[ParameterDefinition] | None = None
    RoleTagsTemplate: list[TagTemplate] | None = None
    MaxSessionDuration: Integer | None = None
    VersionEnabled: bool | None = None
    CreateTimestamp: float | None = None
    UpdateTimestamp: float | None = None


class GetRoleTemplateVersionResponse(Struct, omit_defaults=True, gc=False):
    RoleTemplateVersion: RoleTemplateVersion


class SAMLPrivateKey(Struct, omit_defaults=True, gc=False):
    KeyId: str | None = None
    Timestamp: float | None = None


class GetSAMLProviderResponse(Struct, omit_defaults=True, gc=False):
    SAMLProviderUUID: str | None = None
    SAMLMetadataDocument: str | None = None
    CreateDate: float | None = None
    ValidUntil: float | None = None
    Tags: list[Tag] | None = None
    AssertionEncryptionMode: str | None = None
    PrivateKeyList: list[SAMLPrivateKey] | None = None


class SSHPublicKey(Struct, omit_defaults=True, gc=False):
    UserName: str
    SSHPublicKeyId: str
    Fingerprint: str
    SSHPublicKeyBody: str
    Status: str
    UploadDate: float | None = None


class GetSSHPublicKeyResponse(Struct, omit_defaults=True, gc=False):
    SSHPublicKey: SSHPublicKey | None = None


class ServerCertificateMetadata(Struct, omit_defaults=True, gc=False):
    Path: str
    ServerCertificateName: str
    ServerCertificateId: str
    Arn: str
    UploadDate: float | None = None
    Expiration: float | None = None


class ServerCertificate(Struct, omit_defaults=True, gc=False):
    ServerCertificateMetadata: ServerCertificateMetadata
    CertificateBody: str
    CertificateChain: str | None = None
    Tags: list[Tag] | None = None


class GetServerCertificateResponse(Struct, omit_defaults=True, gc=False):
    ServerCertificate: ServerCertificate


class TrackedActionLastAccessed(Struct, omit_defaults=True, gc=False):
    ActionName: str | None = None
    LastAccessedEntity: str | None = None
    LastAccessedTime: float | None = None
    LastAccessedRegion: str | None = None


class ServiceLastAccessed(Struct, omit_defaults=True, gc=False):
    ServiceName: str
    ServiceNamespace: str
    LastAuthenticated: float | None = None
    LastAuthenticatedEntity: str | None = None
    LastAuthenticatedRegion: str | None = None
    TotalAuthenticatedEntities: Integer | None = None
    TrackedActionsLastAccessed: list[TrackedActionLastAccessed] | None = None


class GetServiceLastAccessedDetailsResponse(Struct, omit_defaults=True, gc=False):
    JobStatus: str
    JobCreationDate: float
    JobCompletionDate: float
    JobType: str | None = None
    ServicesLastAccessed: list[ServiceLastAccessed] | None = None
    IsTruncated: bool | None = None
    Marker: str | None = None
    Error: ErrorDetails | None = None


class EntityInfo(Struct, omit_defaults=True, gc=False):
    Arn: str
    Name: str
    Type: str
    Id: str
    Path: str | None = None


class EntityDetails(Struct, omit_defaults=True, gc=False):
    EntityInfo: EntityInfo
    LastAuthenticated: float | None = None


class GetServiceLastAccessedDetailsWithEntitiesResponse(Struct, omit_defaults=True, gc=False):
    JobStatus: str
    JobCreationDate: float
    JobCompletionDate: float
    EntityDetailsList: list[EntityDetails] | None = None
    IsTruncated: bool | None = None
    Marker: str | None = None
    Error: ErrorDetails | None = None


class RoleUsageType(Struct, omit_defaults=True, gc=False):
    Region: str | None = None
    Resources: list[str] | None = None


class DeletionTaskFailureReasonType(Struct, omit_defaults=True, gc=False):
    Reason: str | None = None
    RoleUsageList: list[RoleUsageType] | None = None


class GetServiceLinkedRoleDeletionStatusResponse(Struct, omit_defaults=True, gc=False):
    Status: str
    Reason: DeletionTaskFailureReasonType | None = None


class GetUserResponse(Struct, omit_defaults=True, gc=False):
    User: User


class GetUserPolicyResponse(Struct, omit_defaults=True, gc=False):
    UserName: str
    PolicyName: str
    PolicyDocument: str


class AccessKeyMetadata(Struct, omit_defaults=True, gc=False):
    UserName: str | None = None
    AccessKeyId: str | None = None
    Status: str | None = None
    CreateDate: float | None = None


class ListAccessKeysResponse(Struct, omit_defaults=True, gc=False):
    AccessKeyMetadata: list[AccessKeyMetadata] | None = None
    IsTruncated: bool | None = None
    Marker: str | None = None


class ListAccountAliasesResponse(Struct, omit_defaults=True, gc=False):
    AccountAliases: list[str] | None = None
    IsTruncated: bool | None = None
    Marker: str | None = None


class ListAttachedGroupPoliciesResponse(Struct, omit_defaults=True, gc=False):
    AttachedPolicies: list[AttachedPolicy] | None = None
    IsTruncated: bool | None = None
    Marker: str | None = None


class ListAttachedRolePoliciesResponse(Struct, omit_defaults=True, gc=False):
    AttachedPolicies: list[AttachedPolicy] | None = None
    IsTruncated: bool | None = None
    Marker: str | None = None


class ListAttachedUserPoliciesResponse(Struct, omit_defaults=True, gc=False):
    AttachedPolicies: list[AttachedPolicy] | None = None
    IsTruncated: bool | None = None
    Marker: str | None = None


class ListDelegationRequestsResponse(Struct, omit_defaults=True, gc=False):
    DelegationRequests: list[DelegationRequest] | None = None
    Marker: str | None = None
    isTruncated: bool | None = None


class PolicyGroup(Struct, omit_defaults=True, gc=False):
    GroupName: str | None = None
    GroupId: str | None = None


class PolicyUser(Struct, omit_defaults=True, gc=False):
    UserName: str | None = None
    UserId: str | None = None


class PolicyRole(Struct, omit_defaults=True, gc=False):
    RoleName: str | None = None
    RoleId: str | None = None


class ListEntitiesForPolicyResponse(Struct, omit_defaults=True, gc=False):
    PolicyGroups: list[PolicyGroup] | None = None
    PolicyUsers: list[PolicyUser] | None = None
    PolicyRoles: list[PolicyRole] | None = None
    IsTruncated: bool | None = None
    Marker: str | None = None


class ListGroupPoliciesResponse(Struct, omit_defaults=True, gc=False):
    PolicyNames: list[str] | None = None
    IsTruncated: bool | None = None
    Marker: str | None = None


class ListGroupsResponse(Struct, omit_defaults=True, gc=False):
    Groups: list[Group] | None = None
    IsTruncated: bool | None = None
    Marker: str | None = None


class ListGroupsForUserResponse(Struct, omit_defaults=True, gc=False):
    Groups: list[Group] | None = None
    IsTruncated: bool | None = None
    Marker: str | None = None


class ListInstanceProfileTagsResponse(Struct, omit_defaults=True, gc=False):
    Tags: list[Tag] | None = None
    IsTruncated: bool | None = None
    Marker: str | None = None


class ListInstanceProfilesResponse(Struct, omit_defaults=True, gc=False):
    InstanceProfiles: list[InstanceProfile] | None = None
    IsTruncated: bool | None = None
    Marker: str | None = None


class ListInstanceProfilesForRoleResponse(Struct, omit_defaults=True, gc=False):
    InstanceProfiles: list[InstanceProfile] | None = None
    IsTruncated: bool | None = None
    Marker: str | None = None


class ListMFADeviceTagsResponse(Struct, omit_defaults=True, gc=False):
    Tags: list[Tag] | None = None
    IsTruncated: bool | None = None
    Marker: str | None = None


class MFADevice(Struct, omit_defaults=True, gc=False):
    UserName: str
    SerialNumber: str
    EnableDate: float


class ListMFADevicesResponse(Struct, omit_defaults=True, gc=False):
    MFADevices: list[MFADevice] | None = None
    IsTruncated: bool | None = None
    Marker: str | None = None


class ListOpenIDConnectProviderTagsResponse(Struct, omit_defaults=True, gc=False):
    Tags: list[Tag] | None = None
    IsTruncated: bool | None = None
    Marker: str | None = None


class OpenIDConnectProviderListEntry(Struct, omit_defaults=True, gc=False):
    Arn: str | None = None


class ListOpenIDConnectProvidersResponse(Struct, omit_defaults=True, gc=False):
    OpenIDConnectProviderList: list[OpenIDConnectProviderListEntry] | None = None


class ListOrganizationsFeaturesResponse(Struct, omit_defaults=True, gc=False):
    OrganizationId: str | None = None
    EnabledFeatures: list[str] | None = None


class ListPoliciesResponse(Struct, omit_defaults=True, gc=False):
    Policies: list[Policy] | None = None
    IsTruncated: bool | None = None
    Marker: str | None = None


class PolicyGrantingServiceAccess(Struct, omit_defaults=True, gc=False):
    PolicyName: str
    PolicyType: str
    PolicyArn: str | None = None
    EntityType: str | None = None
    EntityName: str | None = None


class ListPoliciesGrantingServiceAccessEntry(Struct, omit_defaults=True, gc=False):
    ServiceNamespace: str | None = None
    Policies: list[PolicyGrantingServiceAccess] | None = None


class ListPoliciesGrantingServiceAccessResponse(Struct, omit_defaults=True, gc=False):
    PoliciesGrantingServiceAccess: list[ListPoliciesGrantingServiceAccessEntry] | None = None
    IsTruncated: bool | None = None
    Marker: str | None = None


class ListPolicyTagsResponse(Struct, omit_defaults=True, gc=False):
    Tags: list[Tag] | None = None
    IsTruncated: bool | None = None
    Marker: str | None = None


class ListPolicyVersionsResponse(Struct, omit_defaults=True, gc=False):
    Versions: list[PolicyVersion] | None = None
    IsTruncated: bool | None = None
    Marker: str | None = None


class ListRolePoliciesResponse(Struct, omit_defaults=True, gc=False):
    PolicyNames: list[str] | None = None
    IsTruncated: bool | None = None
    Marker: str | None = None


class ListRoleTagsResponse(Struct, omit_defaults=True, gc=False):
    Tags: list[Tag] | None = None
    IsTruncated: bool | None = None
    Marker: str | None = None


class ListRolesResponse(Struct, omit_defaults=True, gc=False):
    Roles: list[Role] | None = None
    IsTruncated: bool | None = None
    Marker: str | None = None


class ListSAMLProviderTagsResponse(Struct, omit_defaults=True, gc=False):
    Tags: list[Tag] | None = None
    IsTruncated: bool | None = None
    Marker: str | None = None


class SAMLProviderListEntry(Struct, omit_defaults=True, gc=False):
    Arn: str | None = None
    ValidUntil: float | None = None
    CreateDate: float | None = None


class ListSAMLProvidersResponse(Struct, omit_defaults=True, gc=False):
    SAMLProviderList: list[SAMLProviderListEntry] | None = None


class SSHPublicKeyMetadata(Struct, omit_defaults=True, gc=False):
    UserName: str
    SSHPublicKeyId: str
    Status: str
    UploadDate: float


class ListSSHPublicKeysResponse(Struct, omit_defaults=True, gc=False):
    SSHPublicKeys: list[SSHPublicKeyMetadata] | None = None
    IsTruncated: bool | None = None
    Marker: str | None = None


class ListServerCertificateTagsResponse(Struct, omit_defaults=True, gc=False):
    Tags: list[Tag] | None = None
    IsTruncated: bool | None = None
    Marker: str | None = None


class ListServerCertificatesResponse(Struct, omit_defaults=True, gc=False):
    ServerCertificateMetadataList: list[ServerCertificateMetadata] | None = None
    IsTruncated: bool | None = None
    Marker: str | None = None


class ServiceSpecificCredentialMetadata(Struct, omit_defaults=True, gc=False):
    UserName: str
    Status: str
    CreateDate: float
    ServiceSpecificCredentialId: str
    ServiceName: str
    ServiceUserName: str | None = None
    ServiceCredentialAlias: str | None = None
    ExpirationDate: float | None = None


class ListServiceSpecificCredentialsResponse(Struct, omit_defaults=True, gc=False):
    ServiceSpecificCredentials: list[ServiceSpecificCredentialMetadata] | None = None
    Marker: str | None = None
    IsTruncated: bool | None = None


class SigningCertificate(Struct, omit_defaults=True, gc=False):
    UserName: str
    CertificateId: str
    CertificateBody: str
    Status: str
    UploadDate: float | None = None


class ListSigningCertificatesResponse(Struct, omit_defaults=True, gc=False):
    Certificates: list[SigningCertificate] | None = None
    IsTruncated: bool | None = None
    Marker: str | None = None


class ListUserPoliciesResponse(Struct, omit_defaults=True, gc=False):
    PolicyNames: list[str] | None = None
    IsTruncated: bool | None = None
    Marker: str | None = None


class ListUserTagsResponse(Struct, omit_defaults=True, gc=False):
    Tags: list[Tag] | None = None
    IsTruncated: bool | None = None
    Marker: str | None = None


class ListUsersResponse(Struct, omit_defaults=True, gc=False):
    Users: list[User] | None = None
    IsTruncated: bool | None = None
    Marker: str | None = None


class ListVirtualMFADevicesResponse(Struct, omit_defaults=True, gc=False):
    VirtualMFADevices: list[VirtualMFADevice] | None = None
    IsTruncated: bool | None = None
    Marker: str | None = None


class PutAccountPropertiesResponse(Struct, omit_defaults=True, gc=False):
    pass


class ResetServiceSpecificCredentialResponse(Struct, omit_defaults=True, gc=False):
    ServiceSpecificCredential: ServiceSpecificCredential | None = None


class Position(Struct, omit_defaults=True, gc=False):
    Line: Integer | None = None
    Column: Integer | None = None


class Statement(Struct, omit_defaults=True, gc=False):
    SourcePolicyId: str | None = None
    SourcePolicyType: str | None = None
    StartPosition: Position | None = None
    EndPosition: Position | None = None


class OrganizationsDecisionDetail(Struct, omit_defaults=True, gc=False):
    AllowedByOrganizations: bool | None = None


class PermissionsBoundaryDecisionDetail(Struct, omit_defaults=True, gc=False):
    AllowedByPermissionsBoundary: bool | None = None


class ResourceSpecificResult(Struct, omit_defaults=True, gc=False):
    EvalResourceName: str
    EvalResourceDecision: str
    MatchedStatements: list[Statement] | None = None
    MissingContextValues: list[str] | None = None
    EvalDecisionDetails: dict[str, str] | None = None
    PermissionsBoundaryDecisionDetail: PermissionsBoundaryDecisionDetail | None = None


class EvaluationResult(Struct, omit_defaults=True, gc=False):
    EvalActionName: str
    EvalDecision: str
    EvalResourceName: str | None = None
    MatchedStatements: list[Statement] | None = None
    MissingContextValues: list[str] | None = None
    OrganizationsDecisionDetail: OrganizationsDecisionDetail | None = None
    PermissionsBoundaryDecisionDetail: PermissionsBoundaryDecisionDetail | None = None
    EvalDecisionDetails: dict[str, str] | None = None
    ResourceSpecificResults: list[ResourceSpecificResult] | None = None


class SimulatePolicyResponse(Struct, omit_defaults=True, gc=False):
    EvaluationResults: list[EvaluationResult] | None = None
    IsTruncated: bool | None = None
    Marker: str | None = None


class UpdateRoleResponse(Struct, omit_defaults=True, gc=False):
    pass


class UpdateRoleDescriptionResponse(Struct, omit_defaults=True, gc=False):
    Role: Role | None = None


class UpdateSAMLProviderResponse(Struct, omit_defaults=True, gc=False):
    SAMLProviderArn: str | None = None


class UploadSSHPublicKeyResponse(Struct, omit_defaults=True, gc=False):
    SSHPublicKey: SSHPublicKey | None = None


class UploadServerCertificateResponse(Struct, omit_defaults=True, gc=False):
    ServerCertificateMetadata: ServerCertificateMetadata | None = None
    Tags: list[Tag] | None = None


class UploadSigningCertificateResponse(Struct, omit_defaults=True, gc=False):
    Certificate: SigningCertificate


# The operations' inputs.
INPUTS: dict[str, type[Struct]] = {
    "AcceptDelegationRequest": AcceptDelegationRequestRequest,
    "AcquireRole": AcquireRoleRequest,
    "AddClientIDToOpenIDConnectProvider": AddClientIDToOpenIDConnectProviderRequest,
    "AddRoleToInstanceProfile": AddRoleToInstanceProfileRequest,
    "AddUserToGroup": AddUserToGroupRequest,
    "AssociateDelegationRequest": AssociateDelegationRequestRequest,
    "AttachGroupPolicy": AttachGroupPolicyRequest,
    "AttachRolePolicy": AttachRolePolicyRequest,
    "AttachUserPolicy": AttachUserPolicyRequest,
    "ChangePassword": ChangePasswordRequest,
    "CreateAccessKey": CreateAccessKeyRequest,
    "CreateAccountAlias": CreateAccountAliasRequest,
    "CreateDelegationRequest": CreateDelegationRequestRequest,
    "CreateGroup": CreateGroupRequest,
    "CreateInstanceProfile": CreateInstanceProfileRequest,
    "CreateLoginProfile": CreateLoginProfileRequest,
    "CreateOpenIDConnectProvider": CreateOpenIDConnectProviderRequest,
    "CreatePolicy": CreatePolicyRequest,
    "CreatePolicyVersion": CreatePolicyVersionRequest,
    "CreateRole": CreateRoleRequest,
    "CreateSAMLProvider": CreateSAMLProviderRequest,
    "CreateServiceLinkedRole": CreateServiceLinkedRoleRequest,
    "CreateServiceSpecificCredential": CreateServiceSpecificCredentialRequest,
    "CreateUser": CreateUserRequest,
    "CreateVirtualMFADevice": CreateVirtualMFADeviceRequest,
    "DeactivateMFADevice": DeactivateMFADeviceRequest,
    "DeleteAccessKey": DeleteAccessKeyRequest,
    "DeleteAccountAlias": DeleteAccountAliasRequest,
    "DeleteGroup": DeleteGroupRequest,
    "DeleteGroupPolicy": DeleteGroupPolicyRequest,
    "DeleteInstanceProfile": DeleteInstanceProfileRequest,
    "DeleteLoginProfile": DeleteLoginProfileRequest,
    "DeleteOpenIDConnectProvider": DeleteOpenIDConnectProviderRequest,
    "DeletePolicy": DeletePolicyRequest,
    "DeletePolicyVersion": DeletePolicyVersionRequest,
    "DeleteRole": DeleteRoleRequest,
    "DeleteRolePermissionsBoundary": DeleteRolePermissionsBoundaryRequest,
    "DeleteRolePolicy": DeleteRolePolicyRequest,
    "DeleteSAMLProvider": DeleteSAMLProviderRequest,
    "DeleteSSHPublicKey": DeleteSSHPublicKeyRequest,
    "DeleteServerCertificate": DeleteServerCertificateRequest,
    "DeleteServiceLinkedRole": DeleteServiceLinkedRoleRequest,
    "DeleteServiceSpecificCredential": DeleteServiceSpecificCredentialRequest,
    "DeleteSigningCertificate": DeleteSigningCertificateRequest,
    "DeleteUser": DeleteUserRequest,
    "DeleteUserPermissionsBoundary": DeleteUserPermissionsBoundaryRequest,
    "DeleteUserPolicy": DeleteUserPolicyRequest,
    "DeleteVirtualMFADevice": DeleteVirtualMFADeviceRequest,
    "DetachGroupPolicy": DetachGroupPolicyRequest,
    "DetachRolePolicy": DetachRolePolicyRequest,
    "DetachUserPolicy": DetachUserPolicyRequest,
    "DisableOrganizationsRootCredentialsManagement": DisableOrganizationsRootCredentialsManagementRequest,
    "DisableOrganizationsRootSessions": DisableOrganizationsRootSessionsRequest,
    "EnableMFADevice": EnableMFADeviceRequest,
    "EnableOrganizationsRootCredentialsManagement": EnableOrganizationsRootCredentialsManagementRequest,
    "EnableOrganizationsRootSessions": EnableOrganizationsRootSessionsRequest,
    "GenerateOrganizationsAccessReport": GenerateOrganizationsAccessReportRequest,
    "GenerateServiceLastAccessedDetails": GenerateServiceLastAccessedDetailsRequest,
    "GetAccessKeyLastUsed": GetAccessKeyLastUsedRequest,
    "GetAccountAuthorizationDetails": GetAccountAuthorizationDetailsRequest,
    "GetAccountProperties": GetAccountPropertiesRequest,
    "GetContextKeysForCustomPolicy": GetContextKeysForCustomPolicyRequest,
    "GetContextKeysForPrincipalPolicy": GetContextKeysForPrincipalPolicyRequest,
    "GetDelegationRequest": GetDelegationRequestRequest,
    "GetGroup": GetGroupRequest,
    "GetGroupPolicy": GetGroupPolicyRequest,
    "GetHumanReadableSummary": GetHumanReadableSummaryRequest,
    "GetInstanceProfile": GetInstanceProfileRequest,
    "GetLoginProfile": GetLoginProfileRequest,
    "GetMFADevice": GetMFADeviceRequest,
    "GetOpenIDConnectProvider": GetOpenIDConnectProviderRequest,
    "GetOrganizationsAccessReport": GetOrganizationsAccessReportRequest,
    "GetPolicy": GetPolicyRequest,
    "GetPolicyVersion": GetPolicyVersionRequest,
    "GetRole": GetRoleRequest,
    "GetRolePolicy": GetRolePolicyRequest,
    "GetRoleTemplateVersion": GetRoleTemplateVersionRequest,
    "GetSAMLProvider": GetSAMLProviderRequest,
    "GetSSHPublicKey": GetSSHPublicKeyRequest,
    "GetServerCertificate": GetServerCertificateRequest,
    "GetServiceLastAccessedDetails": GetServiceLastAccessedDetailsRequest,
    "GetServiceLastAccessedDetailsWithEntities": GetServiceLastAccessedDetailsWithEntitiesRequest,
    "GetServiceLinkedRoleDeletionStatus": GetServiceLinkedRoleDeletionStatusRequest,
    "GetUser": GetUserRequest,
    "GetUserPolicy": GetUserPolicyRequest,
    "ListAccessKeys": ListAccessKeysRequest,
    "ListAccountAliases": ListAccountAliasesRequest,
    "ListAttachedGroupPolicies": ListAttachedGroupPoliciesRequest,
    "ListAttachedRolePolicies": ListAttachedRolePoliciesRequest,
    "ListAttachedUserPolicies": ListAttachedUserPoliciesRequest,
    "ListDelegationRequests": ListDelegationRequestsRequest,
    "ListEntitiesForPolicy": ListEntitiesForPolicyRequest,
    "ListGroupPolicies": ListGroupPoliciesRequest,
    "ListGroups": ListGroupsRequest,
    "ListGroupsForUser": ListGroupsForUserRequest,
    "ListInstanceProfileTags": ListInstanceProfileTagsRequest,
    "ListInstanceProfiles": ListInstanceProfilesRequest,
    "ListInstanceProfilesForRole": ListInstanceProfilesForRoleRequest,
    "ListMFADeviceTags": ListMFADeviceTagsRequest,
    "ListMFADevices": ListMFADevicesRequest,
    "ListOpenIDConnectProviderTags": ListOpenIDConnectProviderTagsRequest,
    "ListOpenIDConnectProviders": ListOpenIDConnectProvidersRequest,
    "ListOrganizationsFeatures": ListOrganizationsFeaturesRequest,
    "ListPolicies": ListPoliciesRequest,
    "ListPoliciesGrantingServiceAccess": ListPoliciesGrantingServiceAccessRequest,
    "ListPolicyTags": ListPolicyTagsRequest,
    "ListPolicyVersions": ListPolicyVersionsRequest,
    "ListRolePolicies": ListRolePoliciesRequest,
    "ListRoleTags": ListRoleTagsRequest,
    "ListRoles": ListRolesRequest,
    "ListSAMLProviderTags": ListSAMLProviderTagsRequest,
    "ListSAMLProviders": ListSAMLProvidersRequest,
    "ListSSHPublicKeys": ListSSHPublicKeysRequest,
    "ListServerCertificateTags": ListServerCertificateTagsRequest,
    "ListServerCertificates": ListServerCertificatesRequest,
    "ListServiceSpecificCredentials": ListServiceSpecificCredentialsRequest,
    "ListSigningCertificates": ListSigningCertificatesRequest,
    "ListUserPolicies": ListUserPoliciesRequest,
    "ListUserTags": ListUserTagsRequest,
    "ListUsers": ListUsersRequest,
    "ListVirtualMFADevices": ListVirtualMFADevicesRequest,
    "PutAccountProperties": PutAccountPropertiesRequest,
    "PutGroupPolicy": PutGroupPolicyRequest,
    "PutRolePermissionsBoundary": PutRolePermissionsBoundaryRequest,
    "PutRolePolicy": PutRolePolicyRequest,
    "PutUserPermissionsBoundary": PutUserPermissionsBoundaryRequest,
    "PutUserPolicy": PutUserPolicyRequest,
    "RejectDelegationRequest": RejectDelegationRequestRequest,
    "RemoveClientIDFromOpenIDConnectProvider": RemoveClientIDFromOpenIDConnectProviderRequest,
    "RemoveRoleFromInstanceProfile": RemoveRoleFromInstanceProfileRequest,
    "RemoveUserFromGroup": RemoveUserFromGroupRequest,
    "ResetServiceSpecificCredential": ResetServiceSpecificCredentialRequest,
    "ResyncMFADevice": ResyncMFADeviceRequest,
    "SendDelegationToken": SendDelegationTokenRequest,
    "SetDefaultPolicyVersion": SetDefaultPolicyVersionRequest,
    "SetSecurityTokenServicePreferences": SetSecurityTokenServicePreferencesRequest,
    "SimulateCustomPolicy": SimulateCustomPolicyRequest,
    "SimulatePrincipalPolicy": SimulatePrincipalPolicyRequest,
    "TagInstanceProfile": TagInstanceProfileRequest,
    "TagMFADevice": TagMFADeviceRequest,
    "TagOpenIDConnectProvider": TagOpenIDConnectProviderRequest,
    "TagPolicy": TagPolicyRequest,
    "TagRole": TagRoleRequest,
    "TagSAMLProvider": TagSAMLProviderRequest,
    "TagServerCertificate": TagServerCertificateRequest,
    "TagUser": TagUserRequest,
    "UntagInstanceProfile": UntagInstanceProfileRequest,
    "UntagMFADevice": UntagMFADeviceRequest,
    "UntagOpenIDConnectProvider": UntagOpenIDConnectProviderRequest,
    "UntagPolicy": UntagPolicyRequest,
    "UntagRole": UntagRoleRequest,
    "UntagSAMLProvider": UntagSAMLProviderRequest,
    "UntagServerCertificate": UntagServerCertificateRequest,
    "UntagUser": UntagUserRequest,
    "UpdateAccessKey": UpdateAccessKeyRequest,
    "UpdateAccountPasswordPolicy": UpdateAccountPasswordPolicyRequest,
    "UpdateAssumeRolePolicy": UpdateAssumeRolePolicyRequest,
    "UpdateDelegationRequest": UpdateDelegationRequestRequest,
    "UpdateGroup": UpdateGroupRequest,
    "UpdateLoginProfile": UpdateLoginProfileRequest,
    "UpdateOpenIDConnectProviderThumbprint": UpdateOpenIDConnectProviderThumbprintRequest,
    "UpdateRole": UpdateRoleRequest,
    "UpdateRoleDescription": UpdateRoleDescriptionRequest,
    "UpdateSAMLProvider": UpdateSAMLProviderRequest,
    "UpdateSSHPublicKey": UpdateSSHPublicKeyRequest,
    "UpdateServerCertificate": UpdateServerCertificateRequest,
    "UpdateServiceSpecificCredential": UpdateServiceSpecificCredentialRequest,
    "UpdateSigningCertificate": UpdateSigningCertificateRequest,
    "UpdateUser": UpdateUserRequest,
    "UploadSSHPublicKey": UploadSSHPublicKeyRequest,
    "UploadServerCertificate": UploadServerCertificateRequest,
    "UploadSigningCertificate": UploadSigningCertificateRequest,
}

# The outputs of those operations that have one.
OUTPUTS: dict[str, type[Struct]] = {
    "AcquireRole": AcquireRoleResponse,
    "CreateAccessKey": CreateAccessKeyResponse,
    "CreateDelegationRequest": CreateDelegationRequestResponse,
    "CreateGroup": CreateGroupResponse,
    "CreateInstanceProfile": CreateInstanceProfileResponse,
    "CreateLoginProfile": CreateLoginProfileResponse,
    "CreateOpenIDConnectProvider": CreateOpenIDConnectProviderResponse,
    "CreatePolicy": CreatePolicyResponse,
    "CreatePolicyVersion": CreatePolicyVersionResponse,
    "CreateRole": CreateRoleResponse,
    "CreateSAMLProvider": CreateSAMLProviderResponse,
    "CreateServiceLinkedRole": CreateServiceLinkedRoleResponse,
    "CreateServiceSpecificCredential": CreateServiceSpecificCredentialResponse,
    "CreateUser": CreateUserResponse,
    "CreateVirtualMFADevice": CreateVirtualMFADeviceResponse,
    "DeleteServiceLinkedRole": DeleteServiceLinkedRoleResponse,
    "DisableOrganizationsRootCredentialsManagement": DisableOrganizationsRootCredentialsManagementResponse,
    "DisableOrganizationsRootSessions": DisableOrganizationsRootSessionsResponse,
    "EnableOrganizationsRootCredentialsManagement": EnableOrganizationsRootCredentialsManagementResponse,
    "EnableOrganizationsRootSessions": EnableOrganizationsRootSessionsResponse,
    "EnableOutboundWebIdentityFederation": EnableOutboundWebIdentityFederationResponse,
    "GenerateCredentialReport": GenerateCredentialReportResponse,
    "GenerateOrganizationsAccessReport": GenerateOrganizationsAccessReportResponse,
    "GenerateServiceLastAccessedDetails": GenerateServiceLastAccessedDetailsResponse,
    "GetAccessKeyLastUsed": GetAccessKeyLastUsedResponse,
    "GetAccountAuthorizationDetails": GetAccountAuthorizationDetailsResponse,
    "GetAccountPasswordPolicy": GetAccountPasswordPolicyResponse,
    "GetAccountProperties": GetAccountPropertiesResponse,
    "GetAccountSummary": GetAccountSummaryResponse,
    "GetContextKeysForCustomPolicy": GetContextKeysForPolicyResponse,
    "GetContextKeysForPrincipalPolicy": GetContextKeysForPolicyResponse,
    "GetCredentialReport": GetCredentialReportResponse,
    "GetDelegationRequest": GetDelegationRequestResponse,
    "GetGroup": GetGroupResponse,
    "GetGroupPolicy": GetGroupPolicyResponse,
    "GetHumanReadableSummary": GetHumanReadableSummaryResponse,
    "GetInstanceProfile": GetInstanceProfileResponse,
    "GetLoginProfile": GetLoginProfileResponse,
    "GetMFADevice": GetMFADeviceResponse,
    "GetOpenIDConnectProvider": GetOpenIDConnectProviderResponse,
    "GetOrganizationsAccessReport": GetOrganizationsAccessReportResponse,
    "GetOutboundWebIdentityFederationInfo": GetOutboundWebIdentityFederationInfoResponse,
    "GetPolicy": GetPolicyResponse,
    "GetPolicyVersion": GetPolicyVersionResponse,
    "GetRole": GetRoleResponse,
    "GetRolePolicy": GetRolePolicyResponse,
    "GetRoleTemplateVersion": GetRoleTemplateVersionResponse,
    "GetSAMLProvider": GetSAMLProviderResponse,
    "GetSSHPublicKey": GetSSHPublicKeyResponse,
    "GetServerCertificate": GetServerCertificateResponse,
    "GetServiceLastAccessedDetails": GetServiceLastAccessedDetailsResponse,
    "GetServiceLastAccessedDetailsWithEntities": GetServiceLastAccessedDetailsWithEntitiesResponse,
    "GetServiceLinkedRoleDeletionStatus": GetServiceLinkedRoleDeletionStatusResponse,
    "GetUser": GetUserResponse,
    "GetUserPolicy": GetUserPolicyResponse,
    "ListAccessKeys": ListAccessKeysResponse,
    "ListAccountAliases": ListAccountAliasesResponse,
    "ListAttachedGroupPolicies": ListAttachedGroupPoliciesResponse,
    "ListAttachedRolePolicies": ListAttachedRolePoliciesResponse,
    "ListAttachedUserPolicies": ListAttachedUserPoliciesResponse,
    "ListDelegationRequests": ListDelegationRequestsResponse,
    "ListEntitiesForPolicy": ListEntitiesForPolicyResponse,
    "ListGroupPolicies": ListGroupPoliciesResponse,
    "ListGroups": ListGroupsResponse,
    "ListGroupsForUser": ListGroupsForUserResponse,
    "ListInstanceProfileTags": ListInstanceProfileTagsResponse,
    "ListInstanceProfiles": ListInstanceProfilesResponse,
    "ListInstanceProfilesForRole": ListInstanceProfilesForRoleResponse,
    "ListMFADeviceTags": ListMFADeviceTagsResponse,
    "ListMFADevices": ListMFADevicesResponse,
    "ListOpenIDConnectProviderTags": ListOpenIDConnectProviderTagsResponse,
    "ListOpenIDConnectProviders": ListOpenIDConnectProvidersResponse,
    "ListOrganizationsFeatures": ListOrganizationsFeaturesResponse,
    "ListPolicies": ListPoliciesResponse,
    "ListPoliciesGrantingServiceAccess": ListPoliciesGrantingServiceAccessResponse,
    "ListPolicyTags": ListPolicyTagsResponse,
    "ListPolicyVersions": ListPolicyVersionsResponse,
    "ListRolePolicies": ListRolePoliciesResponse,
    "ListRoleTags": ListRoleTagsResponse,
    "ListRoles": ListRolesResponse,
    "ListSAMLProviderTags": ListSAMLProviderTagsResponse,
    "ListSAMLProviders": ListSAMLProvidersResponse,
    "ListSSHPublicKeys": ListSSHPublicKeysResponse,
    "ListServerCertificateTags": ListServerCertificateTagsResponse,
    "ListServerCertificates": ListServerCertificatesResponse,
    "ListServiceSpecificCredentials": ListServiceSpecificCredentialsResponse,
    "ListSigningCertificates": ListSigningCertificatesResponse,
    "ListUserPolicies": ListUserPoliciesResponse,
    "ListUserTags": ListUserTagsResponse,
    "ListUsers": ListUsersResponse,
    "ListVirtualMFADevices": ListVirtualMFADevicesResponse,
    "PutAccountProperties": PutAccountPropertiesResponse,
    "ResetServiceSpecificCredential": ResetServiceSpecificCredentialResponse,
    "SimulateCustomPolicy": SimulatePolicyResponse,
    "SimulatePrincipalPolicy": SimulatePolicyResponse,
    "UpdateRole": UpdateRoleResponse,
    "UpdateRoleDescription": UpdateRoleDescriptionResponse,
    "UpdateSAMLProvider": UpdateSAMLProviderResponse,
    "UploadSSHPublicKey": UploadSSHPublicKeyResponse,
    "UploadServerCertificate": UploadServerCertificateResponse,
    "UploadSigningCertificate": UploadSigningCertificateResponse,
}
