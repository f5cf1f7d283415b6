"""The shapes of AWS Key Management Service: a struct for each structure of its operations.

Generated from botocore's model (kms 2014-11-01) by `tools/generate_types.py`; do not edit, run that
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


class CancelKeyDeletionRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("KeyId",)
    KeyId: str | None = None


class ConnectCustomKeyStoreRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("CustomKeyStoreId",)
    CustomKeyStoreId: str | None = None


class CreateAliasRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("AliasName", "TargetKeyId")
    AliasName: str | None = None
    TargetKeyId: str | None = None


class XksProxyAuthenticationCredentialType(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("AccessKeyId", "RawSecretAccessKey")
    AccessKeyId: str | None = None
    RawSecretAccessKey: str | None = None


class CreateCustomKeyStoreRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("CustomKeyStoreName",)
    CustomKeyStoreName: str | None = None
    CloudHsmClusterId: str | None = None
    TrustAnchorCertificate: str | None = None
    KeyStorePassword: str | None = None
    CustomKeyStoreType: str | None = None
    XksProxyUriEndpoint: str | None = None
    XksProxyUriPath: str | None = None
    XksProxyVpcEndpointServiceName: str | None = None
    XksProxyVpcEndpointServiceOwner: str | None = None
    XksProxyAuthenticationCredential: XksProxyAuthenticationCredentialType | None = None
    XksProxyConnectivity: str | None = None


class GrantConstraints(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    EncryptionContextSubset: dict[str, str] | None = None
    EncryptionContextEquals: dict[str, str] | None = None
    SourceArn: str | None = None


class CreateGrantRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("KeyId", "Operations")
    KeyId: str | None = None
    GranteePrincipal: str | None = None
    RetiringPrincipal: str | None = None
    Operations: list[str] | None = None
    Constraints: GrantConstraints | None = None
    GrantTokens: list[str] | None = None
    Name: str | None = None
    DryRun: bool | None = None
    GranteeServicePrincipal: str | None = None
    RetiringServicePrincipal: str | None = None


class Tag(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("TagKey", "TagValue")
    TagKey: str | None = None
    TagValue: str | None = None


class CreateKeyRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    Policy: str | None = None
    Description: str | None = None
    KeyUsage: str | None = None
    CustomerMasterKeySpec: str | None = None
    KeySpec: str | None = None
    Origin: str | None = None
    CustomKeyStoreId: str | None = None
    BypassPolicyLockoutSafetyCheck: bool | None = None
    Tags: list[Tag] | None = None
    MultiRegion: bool | None = None
    XksKeyId: str | None = None


class DecapsulateRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("KeyId", "SharedSecretCiphertextBlob", "EncapsulationAlgorithm")
    KeyId: str | None = None
    SharedSecretCiphertextBlob: bytes | None = None
    EncapsulationAlgorithm: str | None = None
    GrantTokens: list[str] | None = None
    DryRun: bool | None = None


class RecipientInfo(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    KeyEncryptionAlgorithm: str | None = None
    AttestationDocument: bytes | None = None


class DecryptRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    CiphertextBlob: bytes | None = None
    EncryptionContext: dict[str, str] | None = None
    GrantTokens: list[str] | None = None
    KeyId: str | None = None
    EncryptionAlgorithm: str | None = None
    Recipient: RecipientInfo | None = None
    DryRun: bool | None = None
    DryRunModifiers: list[str] | None = None


class DeleteAliasRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("AliasName",)
    AliasName: str | None = None


class DeleteCustomKeyStoreRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("CustomKeyStoreId",)
    CustomKeyStoreId: str | None = None


class DeleteImportedKeyMaterialRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("KeyId",)
    KeyId: str | None = None
    KeyMaterialId: str | None = None


class DeriveSharedSecretRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("KeyId", "KeyAgreementAlgorithm", "PublicKey")
    KeyId: str | None = None
    KeyAgreementAlgorithm: str | None = None
    PublicKey: bytes | None = None
    GrantTokens: list[str] | None = None
    DryRun: bool | None = None
    Recipient: RecipientInfo | None = None


class DescribeCustomKeyStoresRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    CustomKeyStoreId: str | None = None
    CustomKeyStoreName: str | None = None
    Limit: Integer | None = None
    Marker: str | None = None


class DescribeKeyRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("KeyId",)
    KeyId: str | None = None
    GrantTokens: list[str] | None = None


class DisableKeyRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("KeyId",)
    KeyId: str | None = None


class DisableKeyRotationRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("KeyId",)
    KeyId: str | None = None


class DisconnectCustomKeyStoreRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("CustomKeyStoreId",)
    CustomKeyStoreId: str | None = None


class EnableKeyRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("KeyId",)
    KeyId: str | None = None


class EnableKeyRotationRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("KeyId",)
    KeyId: str | None = None
    RotationPeriodInDays: Integer | None = None


class EncapsulateRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("KeyId", "EncapsulationAlgorithm")
    KeyId: str | None = None
    EncapsulationAlgorithm: str | None = None
    GrantTokens: list[str] | None = None
    DryRun: bool | None = None


class EncryptRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("KeyId", "Plaintext")
    KeyId: str | None = None
    Plaintext: bytes | None = None
    EncryptionContext: dict[str, str] | None = None
    GrantTokens: list[str] | None = None
    EncryptionAlgorithm: str | None = None
    DryRun: bool | None = None


class GenerateDataKeyRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("KeyId",)
    KeyId: str | None = None
    EncryptionContext: dict[str, str] | None = None
    NumberOfBytes: Integer | None = None
    KeySpec: str | None = None
    GrantTokens: list[str] | None = None
    Recipient: RecipientInfo | None = None
    DryRun: bool | None = None


class GenerateDataKeyPairRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("KeyId", "KeyPairSpec")
    EncryptionContext: dict[str, str] | None = None
    KeyId: str | None = None
    KeyPairSpec: str | None = None
    GrantTokens: list[str] | None = None
    Recipient: RecipientInfo | None = None
    DryRun: bool | None = None


class GenerateDataKeyPairWithoutPlaintextRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("KeyId", "KeyPairSpec")
    EncryptionContext: dict[str, str] | None = None
    KeyId: str | None = None
    KeyPairSpec: str | None = None
    GrantTokens: list[str] | None = None
    DryRun: bool | None = None


class GenerateDataKeyWithoutPlaintextRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("KeyId",)
    KeyId: str | None = None
    EncryptionContext: dict[str, str] | None = None
    KeySpec: str | None = None
    NumberOfBytes: Integer | None = None
    GrantTokens: list[str] | None = None
    DryRun: bool | None = None


class GenerateMacRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("Message", "KeyId", "MacAlgorithm")
    Message: bytes | None = None
    KeyId: str | None = None
    MacAlgorithm: str | None = None
    GrantTokens: list[str] | None = None
    DryRun: bool | None = None


class GenerateRandomRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    NumberOfBytes: Integer | None = None
    CustomKeyStoreId: str | None = None
    Recipient: RecipientInfo | None = None


class GetKeyLastUsageRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("KeyId",)
    KeyId: str | None = None


class GetKeyPolicyRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("KeyId",)
    KeyId: str | None = None
    PolicyName: str | None = None


class GetKeyRotationStatusRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("KeyId",)
    KeyId: str | None = None


class GetParametersForImportRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("KeyId", "WrappingAlgorithm", "WrappingKeySpec")
    KeyId: str | None = None
    WrappingAlgorithm: str | None = None
    WrappingKeySpec: str | None = None


class GetPublicKeyRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("KeyId",)
    KeyId: str | None = None
    GrantTokens: list[str] | None = None


class ImportKeyMaterialRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("KeyId", "ImportToken", "EncryptedKeyMaterial")
    KeyId: str | None = None
    ImportToken: bytes | None = None
    EncryptedKeyMaterial: bytes | None = None
    ValidTo: float | None = None
    ExpirationModel: str | None = None
    ImportType: str | None = None
    KeyMaterialDescription: str | None = None
    KeyMaterialId: str | None = None


class ListAliasesRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    KeyId: str | None = None
    Limit: Integer | None = None
    Marker: str | None = None


class ListGrantsRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("KeyId",)
    Limit: Integer | None = None
    Marker: str | None = None
    KeyId: str | None = None
    GrantId: str | None = None
    GranteePrincipal: str | None = None
    GranteeServicePrincipal: str | None = None


class ListKeyPoliciesRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("KeyId",)
    KeyId: str | None = None
    Limit: Integer | None = None
    Marker: str | None = None


class ListKeyRotationsRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("KeyId",)
    KeyId: str | None = None
    IncludeKeyMaterial: str | None = None
    Limit: Integer | None = None
    Marker: str | None = None


class ListKeysRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    Limit: Integer | None = None
    Marker: str | None = None
    ResourceOwners: list[str] | None = None


class ListResourceTagsRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("KeyId",)
    KeyId: str | None = None
    Limit: Integer | None = None
    Marker: str | None = None


class ListRetirableGrantsRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    Limit: Integer | None = None
    Marker: str | None = None
    RetiringPrincipal: str | None = None
    RetiringServicePrincipal: str | None = None


class PutKeyPolicyRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("KeyId", "Policy")
    KeyId: str | None = None
    PolicyName: str | None = None
    Policy: str | None = None
    BypassPolicyLockoutSafetyCheck: bool | None = None


class ReEncryptRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("DestinationKeyId",)
    CiphertextBlob: bytes | None = None
    SourceEncryptionContext: dict[str, str] | None = None
    SourceKeyId: str | None = None
    DestinationKeyId: str | None = None
    DestinationEncryptionContext: dict[str, str] | None = None
    SourceEncryptionAlgorithm: str | None = None
    DestinationEncryptionAlgorithm: str | None = None
    GrantTokens: list[str] | None = None
    DryRun: bool | None = None
    DryRunModifiers: list[str] | None = None


class ReplicateKeyRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("KeyId", "ReplicaRegion")
    KeyId: str | None = None
    ReplicaRegion: str | None = None
    Policy: str | None = None
    BypassPolicyLockoutSafetyCheck: bool | None = None
    Description: str | None = None
    Tags: list[Tag] | None = None


class RetireGrantRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    GrantToken: str | None = None
    KeyId: str | None = None
    GrantId: str | None = None
    DryRun: bool | None = None


class RevokeGrantRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("KeyId", "GrantId")
    KeyId: str | None = None
    GrantId: str | None = None
    DryRun: bool | None = None


class RotateKeyOnDemandRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("KeyId",)
    KeyId: str | None = None


class ScheduleKeyDeletionRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("KeyId",)
    KeyId: str | None = None
    PendingWindowInDays: Integer | None = None


class SignRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("KeyId", "Message", "SigningAlgorithm")
    KeyId: str | None = None
    Message: bytes | None = None
    MessageType: str | None = None
    GrantTokens: list[str] | None = None
    SigningAlgorithm: str | None = None
    DryRun: bool | None = None


class TagResourceRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("KeyId", "Tags")
    KeyId: str | None = None
    Tags: list[Tag] | None = None


class UntagResourceRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("KeyId", "TagKeys")
    KeyId: str | None = None
    TagKeys: list[str] | None = None


class UpdateAliasRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("AliasName", "TargetKeyId")
    AliasName: str | None = None
    TargetKeyId: str | None = None


class UpdateCustomKeyStoreRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("CustomKeyStoreId",)
    CustomKeyStoreId: str | None = None
    NewCustomKeyStoreName: str | None = None
    KeyStorePassword: str | None = None
    CloudHsmClusterId: str | None = None
    XksProxyUriEndpoint: str | None = None
    XksProxyUriPath: str | None = None
    XksProxyVpcEndpointServiceName: str | None = None
    XksProxyVpcEndpointServiceOwner: str | None = None
    XksProxyAuthenticationCredential: XksProxyAuthenticationCredentialType | None = None
    XksProxyConnectivity: str | None = None


class UpdateKeyDescriptionRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("KeyId", "Description")
    KeyId: str | None = None
    Description: str | None = None


class UpdatePrimaryRegionRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("KeyId", "PrimaryRegion")
    KeyId: str | None = None
    PrimaryRegion: str | None = None


class VerifyRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("KeyId", "Message", "Signature", "SigningAlgorithm")
    KeyId: str | None = None
    Message: bytes | None = None
    MessageType: str | None = None
    Signature: bytes | None = None
    SigningAlgorithm: str | None = None
    GrantTokens: list[str] | None = None
    DryRun: bool | None = None


class VerifyMacRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("Message", "KeyId", "MacAlgorithm", "Mac")
    Message: bytes | None = None
    KeyId: str | None = None
    MacAlgorithm: str | None = None
    Mac: bytes | None = None
    GrantTokens: list[str] | None = None
    DryRun: bool | None = None


class CancelKeyDeletionResponse(Struct, omit_defaults=True, gc=False):
    KeyId: str | None = None


class ConnectCustomKeyStoreResponse(Struct, omit_defaults=True, gc=False):
    pass


class CreateCustomKeyStoreResponse(Struct, omit_defaults=True, gc=False):
    CustomKeyStoreId: str | None = None


class CreateGrantResponse(Struct, omit_defaults=True, gc=False):
    GrantToken: str | None = None
    GrantId: str | None = None


class MultiRegionKey(Struct, omit_defaults=True, gc=False):
    Arn: str | None = None
    Region: str | None = None


class MultiRegionConfiguration(Struct, omit_defaults=True, gc=False):
    MultiRegionKeyType: str | None = None
    PrimaryKey: MultiRegionKey | None = None
    ReplicaKeys: list[MultiRegionKey] | None = None


class XksKeyConfigurationType(Struct, omit_defaults=True, gc=False):
    Id: str | None = None


class KeyMetadata(Struct, omit_defaults=True, gc=False):
    KeyId: str
    AWSAccountId: str | None = None
    Arn: str | None = None
    CreationDate: float | None = None
    Enabled: bool | None = None
    Description: str | None = None
    KeyUsage: str | None = None
    KeyState: str | None = None
    DeletionDate: float | None = None
    ValidTo: float | None = None
    Origin: str | None = None
    CustomKeyStoreId: str | None = None
    CloudHsmClusterId: str | None = None
    ExpirationModel: str | None = None
    KeyManager: str | None = None
    CustomerMasterKeySpec: str | None = None
    KeySpec: str | None = None
    EncryptionAlgorithms: list[str] | None = None
    SigningAlgorithms: list[str] | None = None
    KeyAgreementAlgorithms: list[str] | None = None
    EncapsulationAlgorithms: list[str] | None = None
    MultiRegion: bool | None = None
    MultiRegionConfiguration: MultiRegionConfiguration | None = None
    PendingDeletionWindowInDays: Integer | None = None
    MacAlgorithms: list[str] | None = None
    XksKeyConfiguration: XksKeyConfigurationType | None = None
    CurrentKeyMaterialId: str | None = None


class CreateKeyResponse(Struct, omit_defaults=True, gc=False):
    KeyMetadata: KeyMetadata | None = None


class DecapsulateResponse(Struct, omit_defaults=True, gc=False):
    KeyId: str | None = None
    SharedSecret: bytes | None = None
    EncapsulationAlgorithm: str | None = None


class DecryptResponse(Struct, omit_defaults=True, gc=False):
    KeyId: str | None = None
    Plaintext: bytes | None = None
    EncryptionAlgorithm: str | None = None
    CiphertextForRecipient: bytes | None = None
    KeyMaterialId: str | None = None


class DeleteCustomKeyStoreResponse(Struct, omit_defaults=True, gc=False):
    pass


class DeleteImportedKeyMaterialResponse(Struct, omit_defaults=True, gc=False):
    KeyId: str | None = None
    KeyMaterialId: str | None = None


class DeriveSharedSecretResponse(Struct, omit_defaults=True, gc=False):
    KeyId: str | None = None
    SharedSecret: bytes | None = None
    CiphertextForRecipient: bytes | None = None
    KeyAgreementAlgorithm: str | None = None
    KeyOrigin: str | None = None


class XksProxyConfigurationType(Struct, omit_defaults=True, gc=False):
    Connectivity: str | None = None
    AccessKeyId: str | None = None
    UriEndpoint: str | None = None
    UriPath: str | None = None
    VpcEndpointServiceName: str | None = None
    VpcEndpointServiceOwner: str | None = None


class CustomKeyStoresListEntry(Struct, omit_defaults=True, gc=False):
    CustomKeyStoreId: str | None = None
    CustomKeyStoreName: str | None = None
    CloudHsmClusterId: str | None = None
    TrustAnchorCertificate: str | None = None
    ConnectionState: str | None = None
    ConnectionErrorCode: str | None = None
    CreationDate: float | None = None
    CustomKeyStoreType: str | None = None
    XksProxyConfiguration: XksProxyConfigurationType | None = None


class DescribeCustomKeyStoresResponse(Struct, omit_defaults=True, gc=False):
    CustomKeyStores: list[CustomKeyStoresListEntry] | None = None
    NextMarker: str | None = None
    Truncated: bool | None = None


class DescribeKeyResponse(Struct, omit_defaults=True, gc=False):
    KeyMetadata: KeyMetadata | None = None


class DisconnectCustomKeyStoreResponse(Struct, omit_defaults=True, gc=False):
    pass


class EncapsulateResponse(Struct, omit_defaults=True, gc=False):
    KeyId: str | None = None
    SharedSecret: bytes | None = None
    SharedSecretCiphertextBlob: bytes | None = None
    EncapsulationAlgorithm: str | None = None


class EncryptResponse(Struct, omit_defaults=True, gc=False):
    CiphertextBlob: bytes | None = None
    KeyId: str | None = None
    EncryptionAlgorithm: str | None = None


class GenerateDataKeyResponse(Struct, omit_defaults=True, gc=False):
    CiphertextBlob: bytes | None = None
    Plaintext: bytes | None = None
    KeyId: str | None = None
    CiphertextForRecipient: bytes | None = None
    KeyMaterialId: str | None = None


class GenerateDataKeyPairResponse(Struct, omit_defaults=True, gc=False):
    PrivateKeyCiphertextBlob: bytes | None = None
    PrivateKeyPlaintext: bytes | None = None
    PublicKey: bytes | None = None
    KeyId: str | None = None
    KeyPairSpec: str | None = None
    CiphertextForRecipient: bytes | None = None
    KeyMaterialId: str | None = None


class GenerateDataKeyPairWithoutPlaintextResponse(Struct, omit_defaults=True, gc=False):
    PrivateKeyCiphertextBlob: bytes | None = None
    PublicKey: bytes | None = None
    KeyId: str | None = None
    KeyPairSpec: str | None = None
    KeyMaterialId: str | None = None


class GenerateDataKeyWithoutPlaintextResponse(Struct, omit_defaults=True, gc=False):
    CiphertextBlob: bytes | None = None
    KeyId: str | None = None
    KeyMaterialId: str | None = None


class GenerateMacResponse(Struct, omit_defaults=True, gc=False):
    Mac: bytes | None = None
    MacAlgorithm: str | None = None
    KeyId: str | None = None


class GenerateRandomResponse(Struct, omit_defaults=True, gc=False):
    Plaintext: bytes | None = None
    CiphertextForRecipient: bytes | None = None


class KeyLastUsageData(Struct, omit_defaults=True, gc=False):
    Operation: str | None = None
    Timestamp: float | None = None
    CloudTrailEventId: str | None = None
    KmsRequestId: str | None = None


class GetKeyLastUsageResponse(Struct, omit_defaults=True, gc=False):
    KeyId: str | None = None
    KeyLastUsage: KeyLastUsageData | None = None
    TrackingStartDate: float | None = None
    KeyCreationDate: float | None = None


class GetKeyPolicyResponse(Struct, omit_defaults=True, gc=False):
    Policy: str | None = None
    PolicyName: str | None = None


class GetKeyRotationStatusResponse(Struct, omit_defaults=True, gc=False):
    KeyRotationEnabled: bool | None = None
    KeyId: str | None = None
    RotationPeriodInDays: Integer | None = None
    NextRotationDate: float | None = None
    OnDemandRotationStartDate: float | None = None


class GetParametersForImportResponse(Struct, omit_defaults=True, gc=False):
    KeyId: str | None = None
    ImportToken: bytes | None = None
    PublicKey: bytes | None = None
    ParametersValidTo: float | None = None


class GetPublicKeyResponse(Struct, omit_defaults=True, gc=False):
    KeyId: str | None = None
    PublicKey: bytes | None = None
    CustomerMasterKeySpec: str | None = None
    KeySpec: str | None = None
    KeyUsage: str | None = None
    EncryptionAlgorithms: list[str] | None = None
    SigningAlgorithms: list[str] | None = None
    KeyAgreementAlgorithms: list[str] | None = None
    EncapsulationAlgorithms: list[str] | None = None


class ImportKeyMaterialResponse(Struct, omit_defaults=True, gc=False):
    KeyId: str | None = None
    KeyMaterialId: str | None = None


class AliasListEntry(Struct, omit_defaults=True, gc=False):
    AliasName: str | None = None
    AliasArn: str | None = None
    TargetKeyId: str | None = None
    CreationDate: float | None = None
    LastUpdatedDate: float | None = None


class ListAliasesResponse(Struct, omit_defaults=True, gc=False):
    Aliases: list[AliasListEntry] | None = None
    NextMarker: str | None = None
    Truncated: bool | None = None


class GrantListEntry(Struct, omit_defaults=True, gc=False):
    KeyId: str | None = None
    GrantId: str | None = None
    Name: str | None = None
    CreationDate: float | None = None
    GranteePrincipal: str | None = None
    RetiringPrincipal: str | None = None
    IssuingAccount: str | None = None
    Operations: list[str] | None = None
    Constraints: GrantConstraints | None = None
    GranteeServicePrincipal: str | None = None
    RetiringServicePrincipal: str | None = None


class ListGrantsResponse(Struct, omit_defaults=True, gc=False):
    Grants: list[GrantListEntry] | None = None
    NextMarker: str | None = None
    Truncated: bool | None = None


class ListKeyPoliciesResponse(Struct, omit_defaults=True, gc=False):
    PolicyNames: list[str] | None = None
    NextMarker: str | None = None
    Truncated: bool | None = None


class RotationsListEntry(Struct, omit_defaults=True, gc=False):
    KeyId: str | None = None
    KeyMaterialId: str | None = None
    KeyMaterialDescription: str | None = None
    ImportState: str | None = None
    KeyMaterialState: str | None = None
    ExpirationModel: str | None = None
    ValidTo: float | None = None
    RotationDate: float | None = None
    RotationType: str | None = None


class ListKeyRotationsResponse(Struct, omit_defaults=True, gc=False):
    Rotations: list[RotationsListEntry] | None = None
    NextMarker: str | None = None
    Truncated: bool | None = None


class KeyListEntry(Struct, omit_defaults=True, gc=False):
    KeyId: str | None = None
    KeyArn: str | None = None


class ListKeysResponse(Struct, omit_defaults=True, gc=False):
    Keys: list[KeyListEntry] | None = None
    NextMarker: str | None = None
    Truncated: bool | None = None


class ListResourceTagsResponse(Struct, omit_defaults=True, gc=False):
    Tags: list[Tag] | None = None
    NextMarker: str | None = None
    Truncated: bool | None = None


class ReEncryptResponse(Struct, omit_defaults=True, gc=False):
    CiphertextBlob: bytes | None = None
    SourceKeyId: str | None = None
    KeyId: str | None = None
    SourceEncryptionAlgorithm: str | None = None
    DestinationEncryptionAlgorithm: str | None = None
    SourceKeyMaterialId: str | None = None
    DestinationKeyMaterialId: str | None = None


class ReplicateKeyResponse(Struct, omit_defaults=True, gc=False):
    ReplicaKeyMetadata: KeyMetadata | None = None
    ReplicaPolicy: str | None = None
    ReplicaTags: list[Tag] | None = None


class RotateKeyOnDemandResponse(Struct, omit_defaults=True, gc=False):
    KeyId: str | None = None


class ScheduleKeyDeletionResponse(Struct, omit_defaults=True, gc=False):
    KeyId: str | None = None
    DeletionDate: float | None = None
    KeyState: str | None = None
    PendingWindowInDays: Integer | None = None


class SignResponse(Struct, omit_defaults=True, gc=False):
    KeyId: str | None = None
    Signature: bytes | None = None
    SigningAlgorithm: str | None = None


class UpdateCustomKeyStoreResponse(Struct, omit_defaults=True, gc=False):
    pass


class VerifyResponse(Struct, omit_defaults=True, gc=False):
    KeyId: str | None = None
    SignatureValid: bool | None = None
    SigningAlgorithm: str | None = None


class VerifyMacResponse(Struct, omit_defaults=True, gc=False):
    KeyId: str | None = None
    MacValid: bool | None = None
    MacAlgorithm: str | None = None


# The operations' inputs.
INPUTS: dict[str, type[Struct]] = {
    "CancelKeyDeletion": CancelKeyDeletionRequest,
    "ConnectCustomKeyStore": ConnectCustomKeyStoreRequest,
    "CreateAlias": CreateAliasRequest,
    "CreateCustomKeyStore": CreateCustomKeyStoreRequest,
    "CreateGrant": CreateGrantRequest,
    "CreateKey": CreateKeyRequest,
    "Decapsulate": DecapsulateRequest,
    "Decrypt": DecryptRequest,
    "DeleteAlias": DeleteAliasRequest,
    "DeleteCustomKeyStore": DeleteCustomKeyStoreRequest,
    "DeleteImportedKeyMaterial": DeleteImportedKeyMaterialRequest,
    "DeriveSharedSecret": DeriveSharedSecretRequest,
    "DescribeCustomKeyStores": DescribeCustomKeyStoresRequest,
    "DescribeKey": DescribeKeyRequest,
    "DisableKey": DisableKeyRequest,
    "DisableKeyRotation": DisableKeyRotationRequest,
    "DisconnectCustomKeyStore": DisconnectCustomKeyStoreRequest,
    "EnableKey": EnableKeyRequest,
    "EnableKeyRotation": EnableKeyRotationRequest,
    "Encapsulate": EncapsulateRequest,
    "Encrypt": EncryptRequest,
    "GenerateDataKey": GenerateDataKeyRequest,
    "GenerateDataKeyPair": GenerateDataKeyPairRequest,
    "GenerateDataKeyPairWithoutPlaintext": GenerateDataKeyPairWithoutPlaintextRequest,
    "GenerateDataKeyWithoutPlaintext": GenerateDataKeyWithoutPlaintextRequest,
    "GenerateMac": GenerateMacRequest,
    "GenerateRandom": GenerateRandomRequest,
    "GetKeyLastUsage": GetKeyLastUsageRequest,
    "GetKeyPolicy": GetKeyPolicyRequest,
    "GetKeyRotationStatus": GetKeyRotationStatusRequest,
    "GetParametersForImport": GetParametersForImportRequest,
    "GetPublicKey": GetPublicKeyRequest,
    "ImportKeyMaterial": ImportKeyMaterialRequest,
    "ListAliases": ListAliasesRequest,
    "ListGrants": ListGrantsRequest,
    "ListKeyPolicies": ListKeyPoliciesRequest,
    "ListKeyRotations": ListKeyRotationsRequest,
    "ListKeys": ListKeysRequest,
    "ListResourceTags": ListResourceTagsRequest,
    "ListRetirableGrants": ListRetirableGrantsRequest,
    "PutKeyPolicy": PutKeyPolicyRequest,
    "ReEncrypt": ReEncryptRequest,
    "ReplicateKey": ReplicateKeyRequest,
    "RetireGrant": RetireGrantRequest,
    "RevokeGrant": RevokeGrantRequest,
    "RotateKeyOnDemand": RotateKeyOnDemandRequest,
    "ScheduleKeyDeletion": ScheduleKeyDeletionRequest,
    "Sign": SignRequest,
    "TagResource": TagResourceRequest,
    "UntagResource": UntagResourceRequest,
    "UpdateAlias": UpdateAliasRequest,
    "UpdateCustomKeyStore": UpdateCustomKeyStoreRequest,
    "UpdateKeyDescription": UpdateKeyDescriptionRequest,
    "UpdatePrimaryRegion": UpdatePrimaryRegionRequest,
    "Verify": VerifyRequest,
    "VerifyMac": VerifyMacRequest,
}

# The outputs of those operations that have one.
OUTPUTS: dict[str, type[Struct]] = {
    "CancelKeyDeletion": CancelKeyDeletionResponse,
    "ConnectCustomKeyStore": ConnectCustomKeyStoreResponse,
    "CreateCustomKeyStore": CreateCustomKeyStoreResponse,
    "CreateGrant": CreateGrantResponse,
    "CreateKey": CreateKeyResponse,
    "Decapsulate": DecapsulateResponse,
    "Decrypt": DecryptResponse,
    "DeleteCustomKeyStore": DeleteCustomKeyStoreResponse,
    "DeleteImportedKeyMaterial": DeleteImportedKeyMaterialResponse,
    "DeriveSharedSecret": DeriveSharedSecretResponse,
    "DescribeCustomKeyStores": DescribeCustomKeyStoresResponse,
    "DescribeKey": DescribeKeyResponse,
    "DisconnectCustomKeyStore": DisconnectCustomKeyStoreResponse,
    "Encapsulate": EncapsulateResponse,
    "Encrypt": EncryptResponse,
    "GenerateDataKey": GenerateDataKeyResponse,
    "GenerateDataKeyPair": GenerateDataKeyPairResponse,
    "GenerateDataKeyPairWithoutPlaintext": GenerateDataKeyPairWithoutPlaintextResponse,
    "GenerateDataKeyWithoutPlaintext": GenerateDataKeyWithoutPlaintextResponse,
    "GenerateMac": GenerateMacResponse,
    "GenerateRandom": GenerateRandomResponse,
    "GetKeyLastUsage": GetKeyLastUsageResponse,
    "GetKeyPolicy": GetKeyPolicyResponse,
    "GetKeyRotationStatus": GetKeyRotationStatusResponse,
    "GetParametersForImport": GetParametersForImportResponse,
    "GetPublicKey": GetPublicKeyResponse,
    "ImportKeyMaterial": ImportKeyMaterialResponse,
    "ListAliases": ListAliasesResponse,
    "ListGrants": ListGrantsResponse,
    "ListKeyPolicies": ListKeyPoliciesResponse,
    "ListKeyRotations": ListKeyRotationsResponse,
    "ListKeys": ListKeysResponse,
    "ListResourceTags": ListResourceTagsResponse,
    "ListRetirableGrants": ListGrantsResponse,
    "ReEncrypt": ReEncryptResponse,
    "ReplicateKey": ReplicateKeyResponse,
    "RotateKeyOnDemand": RotateKeyOnDemandResponse,
    "ScheduleKeyDeletion": ScheduleKeyDeletionResponse,
    "Sign": SignResponse,
    "UpdateCustomKeyStore": UpdateCustomKeyStoreResponse,
    "Verify": VerifyResponse,
    "VerifyMac": VerifyMacResponse,
}
