"""What CloudTrail calls the type of a resource, by its ARN. The names are CloudFormation's."""

from __future__ import annotations

from typing import Final

from chasqui.base.arn import Arn

# By service and by what an ARN's resource begins with, up to the first "/" or ":"; "" is for all others.
_TYPES: Final = {
    ("cloudwatch", "alarm"): "AWS::CloudWatch::Alarm",
    ("dynamodb", "table"): "AWS::DynamoDB::Table",
    ("events", "archive"): "AWS::Events::Archive",
    ("events", "event-bus"): "AWS::Events::EventBus",
    ("events", "rule"): "AWS::Events::Rule",
    ("iam", "access-key"): "AWS::IAM::AccessKey",
    ("iam", "group"): "AWS::IAM::Group",
    ("iam", "instance-profile"): "AWS::IAM::InstanceProfile",
    ("iam", "oidc-provider"): "AWS::IAM::OIDCProvider",
    ("iam", "policy"): "AWS::IAM::Policy",
    ("iam", "role"): "AWS::IAM::Role",
    ("iam", "user"): "AWS::IAM::User",
    ("kinesis", "stream"): "AWS::Kinesis::Stream",
    ("kms", "alias"): "AWS::KMS::Alias",
    ("kms", "key"): "AWS::KMS::Key",
    ("lambda", "event-source-mapping"): "AWS::Lambda::EventSourceMapping",
    ("lambda", "function"): "AWS::Lambda::Function",
    ("logs", "log-group"): "AWS::Logs::LogGroup",
    ("pipes", "pipe"): "AWS::Pipes::Pipe",
    ("s3", ""): "AWS::S3::Bucket",
    ("scheduler", "schedule"): "AWS::Scheduler::Schedule",
    ("sns", ""): "AWS::SNS::Topic",
    ("sqs", ""): "AWS::SQS::Queue",
    ("states", "execution"): "AWS::StepFunctions::Execution",
    ("states", "stateMachine"): "AWS::StepFunctions::StateMachine",
    ("sts", "assumed-role"): "AWS::STS::AssumedRole",
    ("sts", "federated-user"): "AWS::STS::FederatedUser",
}


def type_of(arn: Arn) -> str:
    """The type, "" where none is known."""
    if arn.service == "s3" and "/" in arn.resource:
        return "AWS::S3::Object"
    kind = arn.resource.replace(":", "/").partition("/")[0]
    return _TYPES.get((arn.service, kind)) or _TYPES.get((arn.service, ""), "")


def name_of(arn: Arn) -> str:
    """What people call a resource: the last part of its ARN, of an S3 object its whole key."""
    if arn.service == "s3":
        return arn.resource
    return arn.resource.replace(":", "/").rpartition("/")[2]
