"""The shapes of AWS Lambda: a struct for each structure of its operations.

Generated from botocore's model (lambda 2015-03-31) by `tools/generate_types.py`; do not edit, run that
again.

Members of inputs are all optional here, so that a missing one is told in AWS' words: `REQUIRED` names, in
the model's order, those that AWS asks for (`chasqui.wire.typed.missing_members` looks). Members of outputs
that are None are left out of the answer. Blobs are bytes (base64 in JSON), times are seconds since the
epoch.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from msgspec import Meta, Struct

# A number outside fails to decode, and the slow path answers it. AWS reads the model's integers as wide as
# its longs and leaves their range to the service.
Integer = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]


class AddLayerVersionPermissionRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("LayerName", "VersionNumber", "StatementId", "Action", "Principal")
    LayerName: str | None = None
    VersionNumber: Integer | None = None
    StatementId: str | None = None
    Action: str | None = None
    Principal: str | None = None
    OrganizationId: str | None = None
    RevisionId: str | None = None


class AddPermissionRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("FunctionName", "StatementId", "Action", "Principal")
    FunctionName: str | None = None
    StatementId: str | None = None
    Action: str | None = None
    Principal: str | None = None
    SourceArn: str | None = None
    FunctionUrlAuthType: str | None = None
    InvokedViaFunctionUrl: bool | None = None
    SourceAccount: str | None = None
    EventSourceToken: str | None = None
    Qualifier: str | None = None
    RevisionId: str | None = None
    PrincipalOrgID: str | None = None


class AliasRoutingConfiguration(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    AdditionalVersionWeights: dict[str, float] | None = None


class CreateAliasRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("FunctionName", "Name", "FunctionVersion")
    FunctionName: str | None = None
    Name: str | None = None
    FunctionVersion: str | None = None
    Description: str | None = None
    RoutingConfig: AliasRoutingConfiguration | None = None


class Filter(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    Pattern: str | None = None


class FilterCriteria(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    Filters: list[Filter] | None = None


class EventSourceMappingMetricsConfig(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    Metrics: list[str] | None = None


class EventSourceMappingLoggingConfig(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    SystemLogLevel: str | None = None


class ScalingConfig(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    MaximumConcurrency: Integer | None = None


class OnSuccess(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    Destination: str | None = None


class OnFailure(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    Destination: str | None = None


class DestinationConfig(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    OnSuccess: OnSuccess | None = None
    OnFailure: OnFailure | None = None


class SourceAccessConfiguration(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    Type: str | None = None
    URI: str | None = None


class SelfManagedEventSource(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    Endpoints: dict[str, list[str]] | None = None


class KafkaSchemaRegistryAccessConfig(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    Type: str | None = None
    URI: str | None = None


class KafkaSchemaValidationConfig(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    Attribute: str | None = None


class KafkaSchemaRegistryConfig(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    SchemaRegistryURI: str | None = None
    EventRecordFormat: str | None = None
    AccessConfigs: list[KafkaSchemaRegistryAccessConfig] | None = None
    SchemaValidationConfigs: list[KafkaSchemaValidationConfig] | None = None


class AmazonManagedKafkaEventSourceConfig(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    ConsumerGroupId: str | None = None
    SchemaRegistryConfig: KafkaSchemaRegistryConfig | None = None


class SelfManagedKafkaEventSourceConfig(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    ConsumerGroupId: str | None = None
    SchemaRegistryConfig: KafkaSchemaRegistryConfig | None = None
    ConsumptionMode: str | None = None


class DocumentDBEventSourceConfig(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    DatabaseName: str | None = None
    CollectionName: str | None = None
    FullDocument: str | None = None


class ProvisionedPollerConfig(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    MinimumPollers: Integer | None = None
    MaximumPollers: Integer | None = None
    PollerGroupName: str | None = None


class CreateEventSourceMappingRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("FunctionName",)
    EventSourceArn: str | None = None
    FunctionName: str | None = None
    Enabled: bool | None = None
    BatchSize: Integer | None = None
    FilterCriteria: FilterCriteria | None = None
    KMSKeyArn: str | None = None
    MetricsConfig: EventSourceMappingMetricsConfig | None = None
    LoggingConfig: EventSourceMappingLoggingConfig | None = None
    ScalingConfig: ScalingConfig | None = None
    MaximumBatchingWindowInSeconds: Integer | None = None
    ParallelizationFactor: Integer | None = None
    StartingPosition: str | None = None
    StartingPositionTimestamp: float | None = None
    DestinationConfig: DestinationConfig | None = None
    MaximumRecordAgeInSeconds: Integer | None = None
    BisectBatchOnFunctionError: bool | None = None
    MaximumRetryAttempts: Integer | None = None
    Tags: dict[str, str] | None = None
    TumblingWindowInSeconds: Integer | None = None
    Topics: list[str] | None = None
    Queues: list[str] | None = None
    SourceAccessConfigurations: list[SourceAccessConfiguration] | None = None
    SelfManagedEventSource: SelfManagedEventSource | None = None
    FunctionResponseTypes: list[str] | None = None
    AmazonManagedKafkaEventSourceConfig: AmazonManagedKafkaEventSourceConfig | None = None
    SelfManagedKafkaEventSourceConfig: SelfManagedKafkaEventSourceConfig | None = None
    DocumentDBEventSourceConfig: DocumentDBEventSourceConfig | None = None
    ProvisionedPollerConfig: ProvisionedPollerConfig | None = None


class FunctionCode(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    ZipFile: bytes | None = None
    S3Bucket: str | None = None
    S3Key: str | None = None
    S3ObjectVersion: str | None = None
    S3ObjectStorageMode: str | None = None
    ImageUri: str | None = None
    SourceKMSKeyArn: str | None = None


class VpcConfig(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    SubnetIds: list[str] | None = None
    SecurityGroupIds: list[str] | None = None
    Ipv6AllowedForDualStack: bool | None = None


class DeadLetterConfig(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    TargetArn: str | None = None


class Environment(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    Variables: dict[str, str] | None = None


class TracingConfig(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    Mode: str | None = None


class S3FilesConfig(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    DirectS3Read: str | None = None


class FileSystemConfig(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("Arn", "LocalMountPath")
    Arn: str | None = None
    LocalMountPath: str | None = None
    S3FilesConfig: S3FilesConfig | None = None


class ImageConfig(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    EntryPoint: list[str] | None = None
    Command: list[str] | None = None
    WorkingDirectory: str | None = None


class EphemeralStorage(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("Size",)
    Size: Integer | None = None


class SnapStart(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    ApplyOn: str | None = None


class LoggingConfig(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    LogFormat: str | None = None
    ApplicationLogLevel: str | None = None
    SystemLogLevel: str | None = None
    LogGroup: str | None = None


class TenancyConfig(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("TenantIsolationMode",)
    TenantIsolationMode: str | None = None


class LambdaManagedInstancesCapacityProviderConfig(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("CapacityProviderArn",)
    CapacityProviderArn: str | None = None
    PerExecutionEnvironmentMaxConcurrency: Integer | None = None
    ExecutionEnvironmentMemoryGiBPerVCpu: float | None = None


class CapacityProviderConfig(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("LambdaManagedInstancesCapacityProviderConfig",)
    LambdaManagedInstancesCapacityProviderConfig: LambdaManagedInstancesCapacityProviderConfig | None = None


class DurableConfig(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    KMSKeyArn: str | None = None
    RetentionPeriodInDays: Integer | None = None
    ExecutionTimeout: Integer | None = None


class FunctionRuntimeConfig(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("RuntimeArn", "RuntimeAlias")
    RuntimeArn: str | None = None
    RuntimeAlias: str | None = None


class AcceleratorConfig(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("AcceleratorMemorySize",)
    AcceleratorMemorySize: Integer | None = None


class CreateFunctionRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("FunctionName", "Role", "Code")
    FunctionName: str | None = None
    Runtime: str | None = None
    Role: str | None = None
    Handler: str | None = None
    Code: FunctionCode | None = None
    Description: str | None = None
    Timeout: Integer | None = None
    MemorySize: Integer | None = None
    Publish: bool | None = None
    PublishTo: str | None = None
    VpcConfig: VpcConfig | None = None
    PackageType: str | None = None
    DeadLetterConfig: DeadLetterConfig | None = None
    Environment: Environment | None = None
    KMSKeyArn: str | None = None
    TracingConfig: TracingConfig | None = None
    Tags: dict[str, str] | None = None
    Layers: list[str] | None = None
    FileSystemConfigs: list[FileSystemConfig] | None = None
    CodeSigningConfigArn: str | None = None
    ImageConfig: ImageConfig | None = None
    Architectures: list[str] | None = None
    EphemeralStorage: EphemeralStorage | None = None
    SnapStart: SnapStart | None = None
    LoggingConfig: LoggingConfig | None = None
    TenancyConfig: TenancyConfig | None = None
    CapacityProviderConfig: CapacityProviderConfig | None = None
    DurableConfig: DurableConfig | None = None
    RuntimeConfig: FunctionRuntimeConfig | None = None
    AcceleratorConfig: AcceleratorConfig | None = None


class Cors(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    AllowCredentials: bool | None = None
    AllowHeaders: list[str] | None = None
    AllowMethods: list[str] | None = None
    AllowOrigins: list[str] | None = None
    ExposeHeaders: list[str] | None = None
    MaxAge: Integer | None = None


class CreateFunctionUrlConfigRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("FunctionName", "AuthType")
    FunctionName: str | None = None
    Qualifier: str | None = None
    AuthType: str | None = None
    Cors: Cors | None = None
    InvokeMode: str | None = None


class DeleteAliasRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("FunctionName", "Name")
    FunctionName: str | None = None
    Name: str | None = None


class DeleteEventSourceMappingRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("UUID",)
    UUID: str | None = None


class DeleteFunctionRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("FunctionName",)
    FunctionName: str | None = None
    Qualifier: str | None = None


class DeleteFunctionConcurrencyRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("FunctionName",)
    FunctionName: str | None = None


class DeleteFunctionEventInvokeConfigRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("FunctionName",)
    FunctionName: str | None = None
    Qualifier: str | None = None


class DeleteFunctionUrlConfigRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("FunctionName",)
    FunctionName: str | None = None
    Qualifier: str | None = None


class DeleteLayerVersionRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("LayerName", "VersionNumber")
    LayerName: str | None = None
    VersionNumber: Integer | None = None


class DeleteProvisionedConcurrencyConfigRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("FunctionName", "Qualifier")
    FunctionName: str | None = None
    Qualifier: str | None = None


class GetAccountSettingsRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()


class GetAliasRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("FunctionName", "Name")
    FunctionName: str | None = None
    Name: str | None = None


class GetEventSourceMappingRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("UUID",)
    UUID: str | None = None


class GetFunctionRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("FunctionName",)
    FunctionName: str | None = None
    Qualifier: str | None = None


class GetFunctionConcurrencyRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("FunctionName",)
    FunctionName: str | None = None


class GetFunctionConfigurationRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("FunctionName",)
    FunctionName: str | None = None
    Qualifier: str | None = None


class GetFunctionEventInvokeConfigRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("FunctionName",)
    FunctionName: str | None = None
    Qualifier: str | None = None


class GetFunctionRecursionConfigRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("FunctionName",)
    FunctionName: str | None = None


class GetFunctionUrlConfigRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("FunctionName",)
    FunctionName: str | None = None
    Qualifier: str | None = None


class GetLayerVersionRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("LayerName", "VersionNumber")
    LayerName: str | None = None
    VersionNumber: Integer | None = None


class GetLayerVersionByArnRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("Arn",)
    Arn: str | None = None


class GetLayerVersionPolicyRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("LayerName", "VersionNumber")
    LayerName: str | None = None
    VersionNumber: Integer | None = None


class GetPolicyRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("FunctionName",)
    FunctionName: str | None = None
    Qualifier: str | None = None


class GetProvisionedConcurrencyConfigRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("FunctionName", "Qualifier")
    FunctionName: str | None = None
    Qualifier: str | None = None


class GetRuntimeManagementConfigRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("FunctionName",)
    FunctionName: str | None = None
    Qualifier: str | None = None


class InvocationRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("FunctionName",)
    FunctionName: str | None = None
    InvocationType: str | None = None
    LogType: str | None = None
    ClientContext: str | None = None
    DurableExecutionName: str | None = None
    Payload: bytes | None = None
    Qualifier: str | None = None
    TenantId: str | None = None


class InvokeWithResponseStreamRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("FunctionName",)
    FunctionName: str | None = None
    LogType: str | None = None
    ClientContext: str | None = None
    Qualifier: str | None = None
    Payload: bytes | None = None
    TenantId: str | None = None
    InvocationType: str | None = None


class ListAliasesRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("FunctionName",)
    FunctionName: str | None = None
    FunctionVersion: str | None = None
    Marker: str | None = None
    MaxItems: Integer | None = None


class ListEventSourceMappingsRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    EventSourceArn: str | None = None
    FunctionName: str | None = None
    Marker: str | None = None
    MaxItems: Integer | None = None


class ListFunctionEventInvokeConfigsRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("FunctionName",)
    FunctionName: str | None = None
    Marker: str | None = None
    MaxItems: Integer | None = None


class ListFunctionUrlConfigsRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("FunctionName",)
    FunctionName: str | None = None
    Marker: str | None = None
    MaxItems: Integer | None = None


class ListFunctionsRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    MasterRegion: str | None = None
    FunctionVersion: str | None = None
    Marker: str | None = None
    MaxItems: Integer | None = None


class ListLayerVersionsRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("LayerName",)
    CompatibleArchitecture: str | None = None
    CompatibleRuntime: str | None = None
    LayerName: str | None = None
    Marker: str | None = None
    MaxItems: Integer | None = None


class ListLayersRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    CompatibleArchitecture: str | None = None
    CompatibleRuntime: str | None = None
    Marker: str | None = None
    MaxItems: Integer | None = None


class ListProvisionedConcurrencyConfigsRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("FunctionName",)
    FunctionName: str | None = None
    Marker: str | None = None
    MaxItems: Integer | None = None


class ListTagsRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("Resource",)
    Resource: str | None = None


class ListVersionsByFunctionRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("FunctionName",)
    FunctionName: str | None = None
    Marker: str | None = None
    MaxItems: Integer | None = None


class LayerVersionContentInput(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    S3Bucket: str | None = None
    S3Key: str | None = None
    S3ObjectVersion: str | None = None
    S3ObjectStorageMode: str | None = None
    ZipFile: bytes | None = None


class PublishLayerVersionRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("LayerName", "Content")
    LayerName: str | None = None
    Description: str | None = None
    Content: LayerVersionContentInput | None = None
    CompatibleArchitectures: list[str] | None = None
    CompatibleRuntimes: list[str] | None = None
    LicenseInfo: str | None = None


class PublishVersionRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("FunctionName",)
    FunctionName: str | None = None
    CodeSha256: str | None = None
    Description: str | None = None
    RevisionId: str | None = None
    PublishTo: str | None = None


class PutFunctionConcurrencyRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("FunctionName", "ReservedConcurrentExecutions")
    FunctionName: str | None = None
    ReservedConcurrentExecutions: Integer | None = None


class PutFunctionEventInvokeConfigRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("FunctionName",)
    FunctionName: str | None = None
    Qualifier: str | None = None
    MaximumRetryAttempts: Integer | None = None
    MaximumEventAgeInSeconds: Integer | None = None
    DestinationConfig: DestinationConfig | None = None


class PutFunctionRecursionConfigRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("FunctionName", "RecursiveLoop")
    FunctionName: str | None = None
    RecursiveLoop: str | None = None


class PutProvisionedConcurrencyConfigRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("FunctionName", "Qualifier", "ProvisionedConcurrentExecutions")
    FunctionName: str | None = None
    Qualifier: str | None = None
    ProvisionedConcurrentExecutions: Integer | None = None


class PutRuntimeManagementConfigRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("FunctionName", "UpdateRuntimeOn")
    FunctionName: str | None = None
    Qualifier: str | None = None
    UpdateRuntimeOn: str | None = None
    RuntimeVersionArn: str | None = None


class RemoveLayerVersionPermissionRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("LayerName", "VersionNumber", "StatementId")
    LayerName: str | None = None
    VersionNumber: Integer | None = None
    StatementId: str | None = None
    RevisionId: str | None = None


class RemovePermissionRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("FunctionName", "StatementId")
    FunctionName: str | None = None
    StatementId: str | None = None
    Qualifier: str | None = None
    RevisionId: str | None = None


class TagResourceRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("Resource", "Tags")
    Resource: str | None = None
    Tags: dict[str, str] | None = None


class UntagResourceRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("Resource", "TagKeys")
    Resource: str | None = None
    TagKeys: list[str] | None = None


class UpdateAliasRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("FunctionName", "Name")
    FunctionName: str | None = None
    Name: str | None = None
    FunctionVersion: str | None = None
    Description: str | None = None
    RoutingConfig: AliasRoutingConfiguration | None = None
    RevisionId: str | None = None


class UpdateEventSourceMappingRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("UUID",)
    UUID: str | None = None
    FunctionName: str | None = None
    Enabled: bool | None = None
    BatchSize: Integer | None = None
    FilterCriteria: FilterCriteria | None = None
    KMSKeyArn: str | None = None
    MetricsConfig: EventSourceMappingMetricsConfig | None = None
    LoggingConfig: EventSourceMappingLoggingConfig | None = None
    ScalingConfig: ScalingConfig | None = None
    MaximumBatchingWindowInSeconds: Integer | None = None
    ParallelizationFactor: Integer | None = None
    DestinationConfig: DestinationConfig | None = None
    MaximumRecordAgeInSeconds: Integer | None = None
    BisectBatchOnFunctionError: bool | None = None
    MaximumRetryAttempts: Integer | None = None
    TumblingWindowInSeconds: Integer | None = None
    SourceAccessConfigurations: list[SourceAccessConfiguration] | None = None
    FunctionResponseTypes: list[str] | None = None
    AmazonManagedKafkaEventSourceConfig: AmazonManagedKafkaEventSourceConfig | None = None
    SelfManagedKafkaEventSourceConfig: SelfManagedKafkaEventSourceConfig | None = None
    DocumentDBEventSourceConfig: DocumentDBEventSourceConfig | None = None
    ProvisionedPollerConfig: ProvisionedPollerConfig | None = None


class UpdateFunctionCodeRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("FunctionName",)
    FunctionName: str | None = None
    ZipFile: bytes | None = None
    S3Bucket: str | None = None
    S3Key: str | None = None
    S3ObjectVersion: str | None = None
    S3ObjectStorageMode: str | None = None
    ImageUri: str | None = None
    Architectures: list[str] | None = None
    Publish: bool | None = None
    PublishTo: str | None = None
    DryRun: bool | None = None
    RevisionId: str | None = None
    SourceKMSKeyArn: str | None = None


class UpdateFunctionConfigurationRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("FunctionName",)
    FunctionName: str | None = None
    Role: str | None = None
    Handler: str | None = None
    Description: str | None = None
    Timeout: Integer | None = None
    MemorySize: Integer | None = None
    VpcConfig: VpcConfig | None = None
    Environment: Environment | None = None
    Runtime: str | None = None
    DeadLetterConfig: DeadLetterConfig | None = None
    KMSKeyArn: str | None = None
    TracingConfig: TracingConfig | None = None
    RevisionId: str | None = None
    Layers: list[str] | None = None
    FileSystemConfigs: list[FileSystemConfig] | None = None
    ImageConfig: ImageConfig | None = None
    EphemeralStorage: EphemeralStorage | None = None
    SnapStart: SnapStart | None = None
    LoggingConfig: LoggingConfig | None = None
    CapacityProviderConfig: CapacityProviderConfig | None = None
    DurableConfig: DurableConfig | None = None
    RuntimeConfig: FunctionRuntimeConfig | None = None
    AcceleratorConfig: AcceleratorConfig | None = None


class UpdateFunctionEventInvokeConfigRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("FunctionName",)
    FunctionName: str | None = None
    Qualifier: str | None = None
    MaximumRetryAttempts: Integer | None = None
    MaximumEventAgeInSeconds: Integer | None = None
    DestinationConfig: DestinationConfig | None = None


class UpdateFunctionUrlConfigRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("FunctionName",)
    FunctionName: str | None = None
    Qualifier: str | None = None
    AuthType: str | None = None
    Cors: Cors | None = None
    InvokeMode: str | None = None


class AddLayerVersionPermissionResponse(Struct, omit_defaults=True, gc=False):
    Statement: str | None = None
    RevisionId: str | None = None


class AddPermissionResponse(Struct, omit_defaults=True, gc=False):
    Statement: str | None = None


class AliasConfiguration(Struct, omit_defaults=True, gc=False):
    AliasArn: str | None = None
    Name: str | None = None
    FunctionVersion: str | None = None
    Description: str | None = None
    RoutingConfig: AliasRoutingConfiguration | None = None
    RevisionId: str | None = None


class FilterCriteriaError(Struct, omit_defaults=True, gc=False):
    ErrorCode: str | None = None
    Message: str | None = None


class EventSourceMappingConfiguration(Struct, omit_defaults=True, gc=False):
    UUID: str | None = None
    StartingPosition: str | None = None
    StartingPositionTimestamp: float | None = None
    BatchSize: Integer | None = None
    MaximumBatchingWindowInSeconds: Integer | None = None
    ParallelizationFactor: Integer | None = None
    EventSourceArn: str | None = None
    FilterCriteria: FilterCriteria | None = None
    FilterCriteriaError: FilterCriteriaError | None = None
    KMSKeyArn: str | None = None
    MetricsConfig: EventSourceMappingMetricsConfig | None = None
    LoggingConfig: EventSourceMappingLoggingConfig | None = None
    ScalingConfig: ScalingConfig | None = None
    FunctionArn: str | None = None
    LastModified: float | None = None
    LastProcessingResult: str | None = None
    State: str | None = None
    StateTransitionReason: str | None = None
    DestinationConfig: DestinationConfig | None = None
    Topics: list[str] | None = None
    Queues: list[str] | None = None
    SourceAccessConfigurations: list[SourceAccessConfiguration] | None = None
    SelfManagedEventSource: SelfManagedEventSource | None = None
    MaximumRecordAgeInSeconds: Integer | None = None
    BisectBatchOnFunctionError: bool | None = None
    MaximumRetryAttempts: Integer | None = None
    TumblingWindowInSeconds: Integer | None = None
    FunctionResponseTypes: list[str] | None = None
    AmazonManagedKafkaEventSourceConfig: AmazonManagedKafkaEventSourceConfig | None = None
    SelfManagedKafkaEventSourceConfig: SelfManagedKafkaEventSourceConfig | None = None
    DocumentDBEventSourceConfig: DocumentDBEventSourceConfig | None = None
    EventSourceMappingArn: str | None = None
    ProvisionedPollerConfig: ProvisionedPollerConfig | None = None


class VpcConfigResponse(Struct, omit_defaults=True, gc=False):
    SubnetIds: list[str] | None = None
    SecurityGroupIds: list[str] | None = None
    VpcId: str | None = None
    Ipv6AllowedForDualStack: bool | None = None


class EnvironmentError(Struct, omit_defaults=True, gc=False):
    ErrorCode: str | None = None
    Message: str | None = None


class EnvironmentResponse(Struct, omit_defaults=True, gc=False):
    Variables: dict[str, str] | None = None
    Error: EnvironmentError | None = None


class TracingConfigResponse(Struct, omit_defaults=True, gc=False):
    Mode: str | None = None


class Layer(Struct, omit_defaults=True, gc=False):
    Arn: str | None = None
    CodeSize: Integer | None = None
    SigningProfileVersionArn: str | None = None
    SigningJobArn: str | None = None


class ImageConfigError(Struct, omit_defaults=True, gc=False):
    ErrorCode: str | None = None
    Message: str | None = None


class ImageConfigResponse(Struct, omit_defaults=True, gc=False):
    ImageConfig: ImageConfig | None = None
    Error: ImageConfigError | None = None


class SnapStartResponse(Struct, omit_defaults=True, gc=False):
    ApplyOn: str | None = None
    OptimizationStatus: str | None = None


class RuntimeVersionError(Struct, omit_defaults=True, gc=False):
    ErrorCode: str | None = None
    Message: str | None = None


class RuntimeVersionConfig(Struct, omit_defaults=True, gc=False):
    RuntimeVersionArn: str | None = None
    Error: RuntimeVersionError | None = None


class FunctionConfiguration(Struct, omit_defaults=True, gc=False):
    FunctionName: str | None = None
    FunctionArn: str | None = None
    Runtime: str | None = None
    Role: str | None = None
    Handler: str | None = None
    CodeSize: Integer | None = None
    Description: str | None = None
    Timeout: Integer | None = None
    MemorySize: Integer | None = None
    LastModified: str | None = None
    CodeSha256: str | None = None
    Version: str | None = None
    VpcConfig: VpcConfigResponse | None = None
    DeadLetterConfig: DeadLetterConfig | None = None
    Environment: EnvironmentResponse | None = None
    KMSKeyArn: str | None = None
    TracingConfig: TracingConfigResponse | None = None
    MasterArn: str | None = None
    RevisionId: str | None = None
    Layers: list[Layer] | None = None
    State: str | None = None
    StateReason: str | None = None
    StateReasonCode: str | None = None
    LastUpdateStatus: str | None = None
    LastUpdateStatusReason: str | None = None
    LastUpdateStatusReasonCode: str | None = None
    FileSystemConfigs: list[FileSystemConfig] | None = None
    SigningProfileVersionArn: str | None = None
    SigningJobArn: str | None = None
    PackageType: str | None = None
    ImageConfigResponse: ImageConfigResponse | None = None
    Architectures: list[str] | None = None
    EphemeralStorage: EphemeralStorage | None = None
    SnapStart: SnapStartResponse | None = None
    RuntimeVersionConfig: RuntimeVersionConfig | None = None
    LoggingConfig: LoggingConfig | None = None
    TenancyConfig: TenancyConfig | None = None
    CapacityProviderConfig: CapacityProviderConfig | None = None
    ConfigSha256: str | None = None
    DurableConfig: DurableConfig | None = None
    RuntimeConfig: FunctionRuntimeConfig | None = None
    AcceleratorConfig: AcceleratorConfig | None = None


class CreateFunctionUrlConfigResponse(Struct, omit_defaults=True, gc=False):
    FunctionUrl: str
    FunctionArn: str
    AuthType: str
    CreationTime: str
    Cors: Cors | None = None
    InvokeMode: str | None = None


class DeleteFunctionResponse(Struct, omit_defaults=True, gc=False):
    StatusCode: Integer | None = None


class AccountLimit(Struct, omit_defaults=True, gc=False):
    TotalCodeSize: Integer | None = None
    CodeSizeUnzipped: Integer | None = None
    CodeSizeZipped: Integer | None = None
    ConcurrentExecutions: Integer | None = None
    UnreservedConcurrentExecutions: Integer | None = None


class AccountUsage(Struct, omit_defaults=True, gc=False):
    TotalCodeSize: Integer | None = None
    FunctionCount: Integer | None = None


class GetAccountSettingsResponse(Struct, omit_defaults=True, gc=False):
    AccountLimit: AccountLimit | None = None
    AccountUsage: AccountUsage | None = None


class ResolvedS3Object(Struct, omit_defaults=True, gc=False):
    S3Bucket: str | None = None
    S3Key: str | None = None
    S3ObjectVersion: str | None = None


class FunctionCodeLocationError(Struct, omit_defaults=True, gc=False):
    ErrorCode: str | None = None
    Message: str | None = None


class FunctionCodeLocation(Struct, omit_defaults=True, gc=False):
    RepositoryType: str | None = None
    Location: str | None = None
    ImageUri: str | None = None
    ResolvedImageUri: str | None = None
    ResolvedS3Object: ResolvedS3Object | None = None
    SourceKMSKeyArn: str | None = None
    Error: FunctionCodeLocationError | None = None


class TagsError(Struct, omit_defaults=True, gc=False):
    ErrorCode: str
    Message: str


class Concurrency(Struct, omit_defaults=True, gc=False):
    ReservedConcurrentExecutions: Integer | None = None


class GetFunctionResponse(Struct, omit_defaults=True, gc=False):
    Configuration: FunctionConfiguration | None = None
    Code: FunctionCodeLocation | None = None
    Tags: dict[str, str] | None = None
    TagsError: TagsError | None = None
    Concurrency: Concurrency | None = None


class GetFunctionConcurrencyResponse(Struct, omit_defaults=True, gc=False):
    ReservedConcurrentExecutions: Integer | None = None


class FunctionEventInvokeConfig(Struct, omit_defaults=True, gc=False):
    LastModified: float | None = None
    FunctionArn: str | None = None
    MaximumRetryAttempts: Integer | None = None
    MaximumEventAgeInSeconds: Integer | None = None
    DestinationConfig: DestinationConfig | None = None


class GetFunctionRecursionConfigResponse(Struct, omit_defaults=True, gc=False):
    RecursiveLoop: str | None = None


class GetFunctionUrlConfigResponse(Struct, omit_defaults=True, gc=False):
    FunctionUrl: str
    FunctionArn: str
    AuthType: str
    CreationTime: str
    LastModifiedTime: str
    Cors: Cors | None = None
    InvokeMode: str | None = None


class LayerVersionContentOutput(Struct, omit_defaults=True, gc=False):
    Location: str | None = None
    CodeSha256: str | None = None
    CodeSize: Integer | None = None
    SigningProfileVersionArn: str | None = None
    SigningJobArn: str | None = None
    ResolvedS3Object: ResolvedS3Object | None = None


class GetLayerVersionResponse(Struct, omit_defaults=True, gc=False):
    Content: LayerVersionContentOutput | None = None
    LayerArn: str | None = None
    LayerVersionArn: str | None = None
    Description: str | None = None
    CreatedDate: str | None = None
    Version: Integer | None = None
    CompatibleArchitectures: list[str] | None = None
    CompatibleRuntimes: list[str] | None = None
    LicenseInfo: str | None = None


class GetLayerVersionPolicyResponse(Struct, omit_defaults=True, gc=False):
    Policy: str | None = None
    RevisionId: str | None = None


class GetPolicyResponse(Struct, omit_defaults=True, gc=False):
    Policy: str | None = None
    RevisionId: str | None = None


class GetProvisionedConcurrencyConfigResponse(Struct, omit_defaults=True, gc=False):
    RequestedProvisionedConcurrentExecutions: Integer | None = None
    AvailableProvisionedConcurrentExecutions: Integer | None = None
    AllocatedProvisionedConcurrentExecutions: Integer | None = None
    Status: str | None = None
    StatusReason: str | None = None
    LastModified: str | None = None


class GetRuntimeManagementConfigResponse(Struct, omit_defaults=True, gc=False):
    UpdateRuntimeOn: str | None = None
    FunctionArn: str | None = None
    RuntimeVersionArn: str | None = None


class InvocationResponse(Struct, omit_defaults=True, gc=False):
    StatusCode: Integer | None = None
    FunctionError: str | None = None
    LogResult: str | None = None
    Payload: bytes | None = None
    ExecutedVersion: str | None = None
    DurableExecutionArn: str | None = None


class InvokeResponseStreamUpdate(Struct, omit_defaults=True, gc=False):
    Payload: bytes | None = None


class InvokeWithResponseStreamCompleteEvent(Struct, omit_defaults=True, gc=False):
    ErrorCode: str | None = None
    ErrorDetails: str | None = None
    LogResult: str | None = None


class InvokeWithResponseStreamResponseEvent(Struct, omit_defaults=True, gc=False):
    PayloadChunk: InvokeResponseStreamUpdate | None = None
    InvokeComplete: InvokeWithResponseStreamCompleteEvent | None = None


class InvokeWithResponseStreamResponse(Struct, omit_defaults=True, gc=False):
    StatusCode: Integer | None = None
    ExecutedVersion: str | None = None
    EventStream: Any | None = None
    ResponseStreamContentType: str | None = None


class ListAliasesResponse(Struct, omit_defaults=True, gc=False):
    NextMarker: str | None = None
    Aliases: list[AliasConfiguration] | None = None


class ListEventSourceMappingsResponse(Struct, omit_defaults=True, gc=False):
    NextMarker: str | None = None
    EventSourceMappings: list[EventSourceMappingConfiguration] | None = None


class ListFunctionEventInvokeConfigsResponse(Struct, omit_defaults=True, gc=False):
    FunctionEventInvokeConfigs: list[FunctionEventInvokeConfig] | None = None
    NextMarker: str | None = None


class FunctionUrlConfig(Struct, omit_defaults=True, gc=False):
    FunctionUrl: str
    FunctionArn: str
    CreationTime: str
    LastModifiedTime: str
    AuthType: str
    Cors: Cors | None = None
    InvokeMode: str | None = None


class ListFunctionUrlConfigsResponse(Struct, omit_defaults=True, gc=False):
    FunctionUrlConfigs: list[FunctionUrlConfig] | None = None
    NextMarker: str | None = None


class ListFunctionsResponse(Struct, omit_defaults=True, gc=False):
    NextMarker: str | None = None
    Functions: list[FunctionConfiguration] | None = None


class LayerVersionsListItem(Struct, omit_defaults=True, gc=False):
    LayerVersionArn: str | None = None
    Version: Integer | None = None
    Description: str | None = None
    CreatedDate: str | None = None
    CompatibleArchitectures: list[str] | None = None
    CompatibleRuntimes: list[str] | None = None
    LicenseInfo: str | None = None


class ListLayerVersionsResponse(Struct, omit_defaults=True, gc=False):
    NextMarker: str | None = None
    LayerVersions: list[LayerVersionsListItem] | None = None


class LayersListItem(Struct, omit_defaults=True, gc=False):
    LayerName: str | None = None
    LayerArn: str | None = None
    LatestMatchingVersion: LayerVersionsListItem | None = None


class ListLayersResponse(Struct, omit_defaults=True, gc=False):
    NextMarker: str | None = None
    Layers: list[LayersListItem] | None = None


class ProvisionedConcurrencyConfigListItem(Struct, omit_defaults=True, gc=False):
    FunctionArn: str | None = None
    RequestedProvisionedConcurrentExecutions: Integer | None = None
    AvailableProvisionedConcurrentExecutions: Integer | None = None
    AllocatedProvisionedConcurrentExecutions: Integer | None = None
    Status: str | None = None
    StatusReason: str | None = None
    LastModified: str | None = None


class ListProvisionedConcurrencyConfigsResponse(Struct, omit_defaults=True, gc=False):
    ProvisionedConcurrencyConfigs: list[ProvisionedConcurrencyConfigListItem] | None = None
    NextMarker: str | None = None


class ListTagsResponse(Struct, omit_defaults=True, gc=False):
    Tags: dict[str, str] | None = None


class ListVersionsByFunctionResponse(Struct, omit_defaults=True, gc=False):
    NextMarker: str | None = None
    Versions: list[FunctionConfiguration] | None = None


class PublishLayerVersionResponse(Struct, omit_defaults=True, gc=False):
    Content: LayerVersionContentOutput | None = None
    LayerArn: str | None = None
    LayerVersionArn: str | None = None
    Description: str | None = None
    CreatedDate: str | None = None
    Version: Integer | None = None
    CompatibleArchitectures: list[str] | None = None
    CompatibleRuntimes: list[str] | None = None
    LicenseInfo: str | None = None


class PutFunctionRecursionConfigResponse(Struct, omit_defaults=True, gc=False):
    RecursiveLoop: str | None = None


class PutProvisionedConcurrencyConfigResponse(Struct, omit_defaults=True, gc=False):
    RequestedProvisionedConcurrentExecutions: Integer | None = None
    AllocatedProvisionedConcurrentExecutions: Integer | None = None
    AvailableProvisionedConcurrentExecutions: Integer | None = None
    Status: str | None = None
    StatusReason: str | None = None
    LastModified: str | None = None


class PutRuntimeManagementConfigResponse(Struct, omit_defaults=True, gc=False):
    UpdateRuntimeOn: str
    FunctionArn: str
    RuntimeVersionArn: str | None = None


class UpdateFunctionUrlConfigResponse(Struct, omit_defaults=True, gc=False):
    FunctionUrl: str
    FunctionArn: str
    AuthType: str
    CreationTime: str
    LastModifiedTime: str
    Cors: Cors | None = None
    InvokeMode: str | None = None


# The operations' inputs.
INPUTS: dict[str, type[Struct]] = {
    "AddLayerVersionPermission": AddLayerVersionPermissionRequest,
    "AddPermission": AddPermissionRequest,
    "CreateAlias": CreateAliasRequest,
    "CreateEventSourceMapping": CreateEventSourceMappingRequest,
    "CreateFunction": CreateFunctionRequest,
    "CreateFunctionUrlConfig": CreateFunctionUrlConfigRequest,
    "DeleteAlias": DeleteAliasRequest,
    "DeleteEventSourceMapping": DeleteEventSourceMappingRequest,
    "DeleteFunction": DeleteFunctionRequest,
    "DeleteFunctionConcurrency": DeleteFunctionConcurrencyRequest,
    "DeleteFunctionEventInvokeConfig": DeleteFunctionEventInvokeConfigRequest,
    "DeleteFunctionUrlConfig": DeleteFunctionUrlConfigRequest,
    "DeleteLayerVersion": DeleteLayerVersionRequest,
    "DeleteProvisionedConcurrencyConfig": DeleteProvisionedConcurrencyConfigRequest,
    "GetAccountSettings": GetAccountSettingsRequest,
    "GetAlias": GetAliasRequest,
    "GetEventSourceMapping": GetEventSourceMappingRequest,
    "GetFunction": GetFunctionRequest,
    "GetFunctionConcurrency": GetFunctionConcurrencyRequest,
    "GetFunctionConfiguration": GetFunctionConfigurationRequest,
    "GetFunctionEventInvokeConfig": GetFunctionEventInvokeConfigRequest,
    "GetFunctionRecursionConfig": GetFunctionRecursionConfigRequest,
    "GetFunctionUrlConfig": GetFunctionUrlConfigRequest,
    "GetLayerVersion": GetLayerVersionRequest,
    "GetLayerVersionByArn": GetLayerVersionByArnRequest,
    "GetLayerVersionPolicy": GetLayerVersionPolicyRequest,
    "GetPolicy": GetPolicyRequest,
    "GetProvisionedConcurrencyConfig": GetProvisionedConcurrencyConfigRequest,
    "GetRuntimeManagementConfig": GetRuntimeManagementConfigRequest,
    "Invoke": InvocationRequest,
    "InvokeWithResponseStream": InvokeWithResponseStreamRequest,
    "ListAliases": ListAliasesRequest,
    "ListEventSourceMappings": ListEventSourceMappingsRequest,
    "ListFunctionEventInvokeConfigs": ListFunctionEventInvokeConfigsRequest,
    "ListFunctionUrlConfigs": ListFunctionUrlConfigsRequest,
    "ListFunctions": ListFunctionsRequest,
    "ListLayerVersions": ListLayerVersionsRequest,
    "ListLayers": ListLayersRequest,
    "ListProvisionedConcurrencyConfigs": ListProvisionedConcurrencyConfigsRequest,
    "ListTags": ListTagsRequest,
    "ListVersionsByFunction": ListVersionsByFunctionRequest,
    "PublishLayerVersion": PublishLayerVersionRequest,
    "PublishVersion": PublishVersionRequest,
    "PutFunctionConcurrency": PutFunctionConcurrencyRequest,
    "PutFunctionEventInvokeConfig": PutFunctionEventInvokeConfigRequest,
    "PutFunctionRecursionConfig": PutFunctionRecursionConfigRequest,
    "PutProvisionedConcurrencyConfig": PutProvisionedConcurrencyConfigRequest,
    "PutRuntimeManagementConfig": PutRuntimeManagementConfigRequest,
    "RemoveLayerVersionPermission": RemoveLayerVersionPermissionRequest,
    "RemovePermission": RemovePermissionRequest,
    "TagResource": TagResourceRequest,
    "UntagResource": UntagResourceRequest,
    "UpdateAlias": UpdateAliasRequest,
    "UpdateEventSourceMapping": UpdateEventSourceMappingRequest,
    "UpdateFunctionCode": UpdateFunctionCodeRequest,
    "UpdateFunctionConfiguration": UpdateFunctionConfigurationRequest,
    "UpdateFunctionEventInvokeConfig": UpdateFunctionEventInvokeConfigRequest,
    "UpdateFunctionUrlConfig": UpdateFunctionUrlConfigRequest,
}

# The outputs of those operations that have one.
OUTPUTS: dict[str, type[Struct]] = {
    "AddLayerVersionPermission": AddLayerVersionPermissionResponse,
    "AddPermission": AddPermissionResponse,
    "CreateAlias": AliasConfiguration,
    "CreateEventSourceMapping": EventSourceMappingConfiguration,
    "CreateFunction": FunctionConfiguration,
    "CreateFunctionUrlConfig": CreateFunctionUrlConfigResponse,
    "DeleteEventSourceMapping": EventSourceMappingConfiguration,
    "DeleteFunction": DeleteFunctionResponse,
    "GetAccountSettings": GetAccountSettingsResponse,
    "GetAlias": AliasConfiguration,
    "GetEventSourceMapping": EventSourceMappingConfiguration,
    "GetFunction": GetFunctionResponse,
    "GetFunctionConcurrency": GetFunctionConcurrencyResponse,
    "GetFunctionConfiguration": FunctionConfiguration,
    "GetFunctionEventInvokeConfig": FunctionEventInvokeConfig,
    "GetFunctionRecursionConfig": GetFunctionRecursionConfigResponse,
    "GetFunctionUrlConfig": GetFunctionUrlConfigResponse,
    "GetLayerVersion": GetLayerVersionResponse,
    "GetLayerVersionByArn": GetLayerVersionResponse,
    "GetLayerVersionPolicy": GetLayerVersionPolicyResponse,
    "GetPolicy": GetPolicyResponse,
    "GetProvisionedConcurrencyConfig": GetProvisionedConcurrencyConfigResponse,
    "GetRuntimeManagementConfig": GetRuntimeManagementConfigResponse,
    "Invoke": InvocationResponse,
    "InvokeWithResponseStream": InvokeWithResponseStreamResponse,
    "ListAliases": ListAliasesResponse,
    "ListEventSourceMappings": ListEventSourceMappingsResponse,
    "ListFunctionEventInvokeConfigs": ListFunctionEventInvokeConfigsResponse,
    "ListFunctionUrlConfigs": ListFunctionUrlConfigsResponse,
    "ListFunctions": ListFunctionsResponse,
    "ListLayerVersions": ListLayerVersionsResponse,
    "ListLayers": ListLayersResponse,
    "ListProvisionedConcurrencyConfigs": ListProvisionedConcurrencyConfigsResponse,
    "ListTags": ListTagsResponse,
    "ListVersionsByFunction": ListVersionsByFunctionResponse,
    "PublishLayerVersion": PublishLayerVersionResponse,
    "PublishVersion": FunctionConfiguration,
    "PutFunctionConcurrency": Concurrency,
    "PutFunctionEventInvokeConfig": FunctionEventInvokeConfig,
    "PutFunctionRecursionConfig": PutFunctionRecursionConfigResponse,
    "PutProvisionedConcurrencyConfig": PutProvisionedConcurrencyConfigResponse,
    "PutRuntimeManagementConfig": PutRuntimeManagementConfigResponse,
    "UpdateAlias": AliasConfiguration,
    "UpdateEventSourceMapping": EventSourceMappingConfiguration,
    "UpdateFunctionCode": FunctionConfiguration,
    "UpdateFunctionConfiguration": FunctionConfiguration,
    "UpdateFunctionEventInvokeConfig": FunctionEventInvokeConfig,
    "UpdateFunctionUrlConfig": UpdateFunctionUrlConfigResponse,
}
