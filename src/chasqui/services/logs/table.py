"""The table of the service's operations; imported when the service is first called."""

from __future__ import annotations

from chasqui.base.service import Operation, Table
from chasqui.services.logs import filtering, groups, reading, streams, tags, writing
from chasqui.services.logs.actions import ACTIONS
from chasqui.services.logs.types import INPUTS

OPERATIONS: dict[str, Operation] = {
    "CreateLogGroup": groups.create_log_group,
    "CreateLogStream": streams.create_log_stream,
    "DeleteLogGroup": groups.delete_log_group,
    "DeleteLogStream": streams.delete_log_stream,
    "DeleteRetentionPolicy": groups.delete_retention_policy,
    "DescribeLogGroups": groups.describe_log_groups,
    "DescribeLogStreams": streams.describe_log_streams,
    "FilterLogEvents": filtering.filter_log_events,
    "GetLogEvents": reading.get_log_events,
    "ListTagsForResource": tags.list_tags_for_resource,
    "ListTagsLogGroup": tags.list_tags_log_group,
    "PutLogEvents": writing.put_log_events,
    "PutRetentionPolicy": groups.put_retention_policy,
    "TagLogGroup": tags.tag_log_group,
    "TagResource": tags.tag_resource,
    "UntagLogGroup": tags.untag_log_group,
    "UntagResource": tags.untag_resource,
}

TABLE = Table(OPERATIONS, INPUTS, ACTIONS)
