"""The errors of SQS, with AWS' codes and words. One function an error; nothing else lives here.

Codes are the names of the modelled error shapes; the wire layer's overlay knows each one's legacy query code and
status. Codes without a shape (`InvalidParameterValue`, `MissingParameter` …) are given as AWS gives them.
Source: the SQS API reference's "Errors" sections, and answers recorded from AWS.
"""

from __future__ import annotations

from chasqui.base.errors import ServiceError


def queue_does_not_exist() -> ServiceError:
    return ServiceError("QueueDoesNotExist", "The specified queue does not exist.", status=400)


def invalid_address(url: str) -> ServiceError:
    return ServiceError("InvalidAddress", f"The address {url} is not valid for this endpoint.", status=404)


def missing_parameter(name: str) -> ServiceError:
    return ServiceError("MissingParameter", f"The request must contain the parameter {name}.", status=400)


def invalid_parameter(message: str) -> ServiceError:
    return ServiceError("InvalidParameterValue", message, status=400)


def no_queue_name() -> ServiceError:
    return invalid_parameter("Value for parameter QueueName is invalid. Reason: Must specify a queue name.")


def invalid_value(name: str, value: object, reason: str) -> ServiceError:
    return invalid_parameter(f"Value {value} for parameter {name} is invalid. Reason: {reason}")


def not_for_this_type(name: str, value: object) -> ServiceError:
    return invalid_value(name, value, "The request include parameter that is not valid for this queue type.")


def too_long(limit: int) -> ServiceError:
    return invalid_parameter(f"One or more parameters are invalid. Reason: Message must be shorter than {limit} bytes.")


def entry_too_long(limit: int) -> ServiceError:
    """AWS has other words for the same in a batch."""
    return invalid_parameter(
        f"One or more parameters cannot be validated. Reason: Message must be shorter than {limit} bytes."
    )


def invalid_message_contents() -> ServiceError:
    return ServiceError(
        "InvalidMessageContents",
        "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD"
        " | #x10000 to #x10FFFF",
        status=400,
    )


def invalid_attribute_contents(name: str) -> ServiceError:
    return invalid_parameter(f"Message (user) attribute '{name}' contains invalid characters.")


def unknown_attribute(name: str) -> ServiceError:
    return ServiceError("InvalidAttributeName", f"Unknown Attribute {name}.", status=400)


def fifo_only_attribute(name: str) -> ServiceError:
    return ServiceError(
        "InvalidAttributeName", f"You can specify the {name} only when FifoQueue is set to true.", status=400
    )


def two_encryptions() -> ServiceError:
    return ServiceError(
        "InvalidAttributeName",
        "You can use one type of server-side encryption (SSE) at one time. You can either enable KMS SSE or SQS SSE.",
        status=400,
    )


def invalid_attribute_value(name: str, reason: str = "") -> ServiceError:
    tail = f" Reason: {reason}" if reason else ""
    return ServiceError("InvalidAttributeValue", f"Invalid value for the parameter {name}.{tail}", status=400)


def queue_name_exists(attribute: str) -> ServiceError:
    return ServiceError(
        "QueueNameExists",
        f"A queue already exists with the same name and a different value for attribute {attribute}",
        status=400,
    )


def queue_deleted_recently() -> ServiceError:
    return ServiceError(
        "QueueDeletedRecently",
        "You must wait 60 seconds after deleting a queue before you can create another with the same name.",
        status=400,
    )


def purge_in_progress(name: str) -> ServiceError:
    return ServiceError(
        "PurgeQueueInProgress",
        f"Only one PurgeQueue operation on {name} is allowed every 60 seconds.",
        status=403,
    )


def over_limit(limit: int) -> ServiceError:
    return ServiceError(
        "OverLimit",
        f"The maximum number of in flight messages is reached: {limit}.",
        status=403,
    )


def receipt_handle_is_invalid(handle: str) -> ServiceError:
    return ServiceError(
        "ReceiptHandleIsInvalid",
        f'The input receipt handle "{handle}" is not a valid receipt handle.',
        status=404,
    )


def receipt_handle_of_another_queue(handle: str) -> ServiceError:
    return ServiceError(
        "ReceiptHandleIsInvalid", f'The receipt handle "{handle}" is not valid for this queue.', status=404
    )


def receipt_handle_expired(handle: str) -> ServiceError:
    return invalid_value("ReceiptHandle", handle, "The receipt handle has expired.")


def not_available_for_visibility_change(handle: str) -> ServiceError:
    return invalid_value(
        "ReceiptHandle", handle, "Message does not exist or is not available for visibility timeout change."
    )


def empty_batch(entry_shape: str) -> ServiceError:
    return ServiceError("EmptyBatchRequest", f"There should be at least one {entry_shape} in the request.", status=400)


def too_many_entries(sent: int, most: int) -> ServiceError:
    return ServiceError(
        "TooManyEntriesInBatchRequest",
        f"Maximum number of entries per request are {most}. You have sent {sent}.",
        status=400,
    )


def batch_id_repeated(identifier: str) -> ServiceError:
    return ServiceError("BatchEntryIdsNotDistinct", f"Id {identifier} repeated.", status=400)


def invalid_batch_id() -> ServiceError:
    return ServiceError(
        "InvalidBatchEntryId",
        "A batch entry id can only contain alphanumeric characters, hyphens and underscores. "
        "It can be at most 80 letters long.",
        status=400,
    )


def batch_too_long(sent: int, limit: int) -> ServiceError:
    return ServiceError(
        "BatchRequestTooLong",
        f"Batch requests cannot be longer than {limit} bytes. You have sent {sent} bytes.",
        status=400,
    )


def resource_not_found(parameter: str) -> ServiceError:
    return ServiceError(
        "ResourceNotFoundException",
        f"The resource that you specified for the {parameter} parameter doesn't exist.",
        status=404,
    )


def no_such_task() -> ServiceError:
    return ServiceError("ResourceNotFoundException", "Task does not exist.", status=404)


def arn_format(parameter: str) -> ServiceError:
    return invalid_parameter(
        f"You must use this format to specify the {parameter}:"
        " arn:<partition>:<service>:<region>:<account-id>:<resource-id>"
    )


def not_between(parameter: str, low: int, high: int) -> ServiceError:
    return invalid_parameter(
        f"Value for parameter {parameter} is invalid. Reason: You must enter a number that's between {low} and {high}."
    )


def unsupported(message: str) -> ServiceError:
    return ServiceError("UnsupportedOperation", message, status=400)


def over_permissions(what: str, given: int, most: int) -> ServiceError:
    return ServiceError("OverLimit", f"{given} {what} were found, maximum allowed is {most}.", status=403)


def over_statements(given: int, most: int) -> ServiceError:
    return ServiceError(
        "OverLimit", f"{given} statements were found in the submitted policy, max allowed is {most}", status=403
    )
