"""Where requests go: one table."""

from __future__ import annotations

import pytest

from chasqui.wire.model import load_service
from chasqui.wire.protocol import Request
from chasqui.wire.registry import PROTOCOLS
from chasqui.wire.routing import Catalogue, Route, route
from tests.wire.wire_support import SERVICES

ALL = Catalogue(SERVICES)
SQS_ONLY = Catalogue(["sqs"])

FORM = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}
QUEUE = "/000000000000/orders"


def signed(service: str) -> dict[str, str]:
    credential = f"AKIAIOSFODNN7EXAMPLE/20260101/eu-west-1/{service}/aws4_request"
    return {"authorization": f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=0"}


def request(
    method: str, target: str, headers: dict[str, str] | None = None, body: str = "", host: str = "localhost:4566"
) -> Request:
    path, _, query = target.partition("?")
    given = {"host": host, **(headers or {})}
    encoded = {name.encode(): value.encode() for name, value in given.items()}
    return Request(method, path, query, encoded, body.encode())


def target(name: str, version: str = "1.0", **more: str) -> dict[str, str]:
    return {"x-amz-target": name, "content-type": f"application/x-amz-json-{version}", **more}


PRESIGNED = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKID%2F20260101%2Feu-west-1%2F{}%2Faws4_request"

# What is asked; the service, the operation and the protocol that answer.
ROUTES = [
    # an SDK's target header, wherever it is sent to
    (request("POST", "/", target("AmazonSQS.SendMessage")), "sqs", "SendMessage", "json-1.0"),
    (request("POST", QUEUE, target("AmazonSQS.ReceiveMessage")), "sqs", "ReceiveMessage", "json-1.0"),
    (request("POST", "/", target("AWSEvents.PutEvents", "1.1")), "events", "PutEvents", "json-1.1"),
    (request("POST", "/", target("AWSStepFunctions.StartExecution")), "stepfunctions", "StartExecution", "json-1.0"),
    (request("POST", "/", target("DynamoDB_20120810.PutItem")), "dynamodb", "PutItem", "json-1.0"),
    (
        request("POST", "/", target("DynamoDBStreams_20120810.GetRecords")),
        "dynamodbstreams",
        "GetRecords",
        "json-1.0",
    ),
    (request("POST", "/", target("Kinesis_20131202.PutRecord", "1.1")), "kinesis", "PutRecord", "json-1.1"),
    (
        request("POST", "/", {**target("Kinesis_20131202.PutRecord"), "content-type": "application/x-amz-cbor-1.1"}),
        "kinesis",
        "PutRecord",
        "cbor-1.1",
    ),
    (
        request("POST", "/", target("GraniteServiceVersion20100801.PutMetricData")),
        "cloudwatch",
        "PutMetricData",
        "json-1.0",
    ),
    # Smithy's own paths
    (
        request(
            "POST", "/service/GraniteServiceVersion20100801/operation/ListMetrics", {"smithy-protocol": "rpc-v2-cbor"}
        ),
        "cloudwatch",
        "ListMetrics",
        "smithy-rpc-v2-cbor",
    ),
    (
        request("POST", "/prefix/service/CloudWatch/operation/ListMetrics", {"smithy-protocol": "rpc-v2-cbor"}),
        "cloudwatch",
        "ListMetrics",
        "smithy-rpc-v2-cbor",
    ),
    # actions: by the scope, else by version and action
    (request("POST", "/", FORM | signed("sns"), "Action=Publish&Version=2010-03-31"), "sns", "Publish", "query"),
    (request("POST", "/", FORM, "Version=2010-03-31&Action=Publish"), "sns", "Publish", "query"),
    (request("POST", "/", FORM, "Action=GetCallerIdentity&Version=2011-06-15"), "sts", "GetCallerIdentity", "query"),
    (request("POST", "/", FORM | signed("iam"), "Action=ListUsers&Version=2010-05-08"), "iam", "ListUsers", "query"),
    (request("POST", "/", FORM, "Action=ListUsers"), "iam", "ListUsers", "query"),
    (request("POST", "/", FORM | signed("monitoring"), "Action=ListMetrics"), "cloudwatch", "ListMetrics", "query"),
    (
        request("POST", "/", FORM | signed("sns"), "Action=TagResource&Version=2010-03-31"),
        "sns",
        "TagResource",
        "query",
    ),
    (request("GET", "/?Action=ListQueues&Version=2012-11-05"), "sqs", "ListQueues", "query"),
    (request("GET", f"/?Action=GetCallerIdentity&{PRESIGNED.format('sts')}"), "sts", "GetCallerIdentity", "query"),
    # queue URLs in each form, the action in the body or the query
    (request("POST", QUEUE, FORM, "Action=SendMessage&MessageBody=x"), "sqs", "SendMessage", "query"),
    (request("GET", f"{QUEUE}?Action=SendMessage&MessageBody=x"), "sqs", "SendMessage", "query"),
    (request("POST", f"/queue/us-east-1{QUEUE}", FORM, "Action=PurgeQueue"), "sqs", "PurgeQueue", "query"),
    (request("GET", f"{QUEUE}?Action=ReceiveMessage", host="a.test"), "sqs", "ReceiveMessage", "query"),
    (
        request("POST", QUEUE, FORM, "Action=TagQueue", host="sqs.us-east-1.localhost.localstack.cloud:4566"),
        "sqs",
        "TagQueue",
        "query",
    ),
    (
        request("POST", QUEUE, FORM, "Action=ListQueueTags", host="us-east-1.queue.localhost.localstack.cloud:4566"),
        "sqs",
        "ListQueueTags",
        "query",
    ),
    (request("POST", "/", FORM, "Action=ListQueues", host="sqs.us-east-1.amazonaws.com"), "sqs", "ListQueues", "query"),
    (request("GET", f"{QUEUE}?Action=SendMessage&{PRESIGNED.format('sqs')}"), "sqs", "SendMessage", "query"),
    # paths of the REST services
    (request("POST", "/2015-03-31/functions/f/invocations"), "lambda", "Invoke", "rest-json"),
    (request("GET", "/2015-03-31/functions/"), "lambda", "ListFunctions", "rest-json"),
    (request("GET", "/2015-03-31/functions"), "lambda", "ListFunctions", "rest-json"),
    (request("POST", "/schedules/s"), "scheduler", "CreateSchedule", "rest-json"),
    (request("GET", "/v1/pipes/p"), "pipes", "DescribePipe", "rest-json"),
    (request("GET", "/v1/brokers"), "mq", "ListBrokers", "rest-json"),
    (request("GET", "/restapis/a/resources"), "apigateway", "GetResources", "rest-json"),
    (request("GET", "/v2/apis/a"), "apigatewayv2", "GetApi", "rest-json"),
    (request("POST", "/getMedia"), "kinesis-video-media", "GetMedia", "rest-json"),
    (request("POST", "/listFragments"), "kinesis-video-archived-media", "ListFragments", "rest-json"),
    (request("POST", "/createStream"), "kinesisvideo", "CreateStream", "rest-json"),
    (request("GET", "/tags/x", signed("scheduler")), "scheduler", "ListTagsForResource", "rest-json"),
    (request("GET", "/tags/x", signed("schemas")), "schemas", "ListTagsForResource", "rest-json"),
    (
        request("GET", "/tags/arn%3Aaws%3Apipes%3Aeu-west-1%3A000000000000%3Apipe%2Fp"),
        "pipes",
        "ListTagsForResource",
        "rest-json",
    ),
    # S3: everything else, by path or by host
    (request("GET", "/", signed("s3")), "s3", "ListBuckets", "rest-xml"),
    (request("PUT", "/bucket"), "s3", "CreateBucket", "rest-xml"),
    (request("GET", "/bucket"), "s3", "ListObjects", "rest-xml"),
    (request("GET", "/bucket/"), "s3", "ListObjects", "rest-xml"),
    (request("GET", "/bucket?list-type=2&prefix=a"), "s3", "ListObjectsV2", "rest-xml"),
    (request("GET", "/bucket?notification"), "s3", "GetBucketNotificationConfiguration", "rest-xml"),
    (request("PUT", "/bucket?lifecycle="), "s3", "PutBucketLifecycleConfiguration", "rest-xml"),
    (request("GET", "/bucket?analytics"), "s3", "ListBucketAnalyticsConfigurations", "rest-xml"),
    (request("GET", "/bucket?analytics&id=1"), "s3", "GetBucketAnalyticsConfiguration", "rest-xml"),
    (request("GET", "/bucket/a/b/c.txt"), "s3", "GetObject", "rest-xml"),
    (request("GET", "/bucket/a//b/"), "s3", "GetObject", "rest-xml"),
    (request("HEAD", "/bucket/key"), "s3", "HeadObject", "rest-xml"),
    (request("PUT", "/bucket/key"), "s3", "PutObject", "rest-xml"),
    (request("PUT", "/bucket/key", {"x-amz-copy-source": "/a/b"}), "s3", "CopyObject", "rest-xml"),
    (request("PUT", "/bucket/key?partNumber=1&uploadId=u"), "s3", "UploadPart", "rest-xml"),
    (
        request("PUT", "/bucket/key?partNumber=1&uploadId=u", {"x-amz-copy-source": "/a/b"}),
        "s3",
        "UploadPartCopy",
        "rest-xml",
    ),
    (request("GET", "/bucket/key?uploadId=u"), "s3", "ListParts", "rest-xml"),
    (request("POST", "/bucket/key?uploads"), "s3", "CreateMultipartUpload", "rest-xml"),
    (request("POST", "/bucket/key?uploadId=u"), "s3", "CompleteMultipartUpload", "rest-xml"),
    (request("DELETE", "/bucket/key?uploadId=u"), "s3", "AbortMultipartUpload", "rest-xml"),
    (request("DELETE", "/bucket/key"), "s3", "DeleteObject", "rest-xml"),
    (request("POST", "/bucket?delete"), "s3", "DeleteObjects", "rest-xml"),
    (request("GET", "/key", host="bucket.s3.localhost:4566"), "s3", "GetObject", "rest-xml"),
    (request("GET", "/", host="my.bucket.s3.eu-west-1.amazonaws.com"), "s3", "ListObjects", "rest-xml"),
    (request("GET", "/bucket", host="s3.eu-west-1.amazonaws.com"), "s3", "ListObjects", "rest-xml"),
    (request("GET", f"/bucket/key?{PRESIGNED.format('s3')}"), "s3", "GetObject", "rest-xml"),
    (request("GET", "/bucket/key?AWSAccessKeyId=a&Signature=b"), "s3", "GetObject", "rest-xml"),
    (request("GET", "/tags/x", signed("s3")), "s3", "GetObject", "rest-xml"),
    (request("PUT", "/bucket/key?Action=SendMessage", signed("s3")), "s3", "PutObject", "rest-xml"),
]


@pytest.mark.parametrize(("asked", "service", "operation", "protocol"), ROUTES)
def test_a_request_goes_to(asked: Request, service: str, operation: str, protocol: str) -> None:
    found = route(ALL, asked)

    assert found.error is None
    assert (found.service, found.operation, found.protocol) == (service, operation, protocol)


# What is asked of a server of queues alone; the service, the protocol, the code, the message and the status.
UNKNOWN = "UnknownOperationException"
NO_ACTION = "The request must contain the parameter Action."
ERRORS = [
    (request("POST", "/", target("AmazonSQS.Nothing")), "sqs", "json-1.0", UNKNOWN, "", 400),
    (request("POST", "/", target("DynamoDB_20120810.PutItem")), "", "json-1.0", UNKNOWN, "", 400),
    (request("POST", "/", target("nonsense", "1.1")), "", "json-1.1", UNKNOWN, "", 400),
    (request("POST", "/", {"content-type": "application/x-amz-json-1.0"}), "", "json-1.0", UNKNOWN, "", 400),
    (
        request("POST", "/", {"content-type": "application/x-amz-json-1.0"} | signed("sqs")),
        "sqs",
        "json-1.0",
        UNKNOWN,
        "",
        400,
    ),
    (
        request("POST", "/", FORM | signed("sqs"), "Action=Nothing"),
        "sqs",
        "query",
        "InvalidAction",
        "The action Nothing is not valid for this endpoint.",
        400,
    ),
    (
        request("POST", "/", FORM, "Action=Publish&Version=2010-03-31"),
        "",
        "query",
        "InvalidAction",
        "The action Publish is not valid for this endpoint.",
        400,
    ),
    (request("POST", "/", FORM | signed("sqs"), "MessageBody=x"), "sqs", "query", "MissingAction", NO_ACTION, 400),
    (request("POST", "/", FORM, "MessageBody=x"), "", "query", "MissingAction", NO_ACTION, 400),
    (request("GET", QUEUE), "sqs", "query", "MissingAction", NO_ACTION, 400),
    (request("GET", "/nothing/here"), "", "rest-json", UNKNOWN, "", 404),
    (
        request("POST", "/service/Other/operation/Op", {"smithy-protocol": "rpc-v2-cbor"}),
        "",
        "smithy-rpc-v2-cbor",
        UNKNOWN,
        "",
        404,
    ),
]


@pytest.mark.parametrize(("asked", "service", "protocol", "code", "message", "status"), ERRORS)
def test_a_request_that_goes_nowhere_is_told_so(
    asked: Request, service: str, protocol: str, code: str, message: str, status: int
) -> None:
    found = route(SQS_ONLY, asked)

    assert found.error is not None
    assert (found.service, found.operation, found.protocol) == (service, "", protocol)
    assert (found.error.code, found.error.message, found.error.status) == (code, message, status)
    known = load_service(service) if service else None
    assert PROTOCOLS[protocol].error(known, found.error, "r").status == status


@pytest.mark.parametrize(
    "path", ["/_chasqui/health", "/_localstack/health", "/_aws/sqs/messages", "/_chasqui/", "/_aws", "/"]
)
def test_the_server_s_own_paths_are_control_routes(path: str) -> None:
    for catalogue in (ALL, SQS_ONLY):
        assert route(catalogue, request("GET", f"{path}?a=b")) == Route("", "", "rest-json", control=path)


def test_a_bucket_in_the_host_is_put_into_the_path() -> None:
    found = route(ALL, request("GET", "/a/b", host="my.bucket.s3.eu-west-1.localhost:4566"))

    assert found.path == "/my.bucket/a/b"


def test_a_service_without_operations_on_a_path_says_so() -> None:
    found = route(ALL, request("GET", "/nothing/here", signed("scheduler")))

    assert found.error is not None
    assert (found.service, found.protocol, found.error.code) == ("scheduler", "rest-json", UNKNOWN)


def test_a_method_that_s3_does_not_know_is_not_allowed() -> None:
    found = route(ALL, request("PATCH", "/bucket/key"))

    assert found.error is not None
    assert (found.service, found.error.code, found.error.status) == ("s3", "MethodNotAllowed", 405)
