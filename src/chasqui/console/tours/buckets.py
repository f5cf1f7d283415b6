"""Tours of buckets and functions: scenarios S1 and S2."""

from __future__ import annotations

from typing import Final

from chasqui.console.language import N_
from chasqui.console.tours.parts import deleted_queue, new_bucket, new_queue, notified, polled, tab, uploaded
from chasqui.console.tours.tour import Step, Tour

_POLICY: Final = """{
  "Version": "2012-10-17",
  "Statement": [{
    "Sid": "VersSQS",
    "Effect": "Allow",
    "Principal": {"Service": "s3.amazonaws.com"},
    "Action": "sqs:SendMessage",
    "Resource": "arn:aws:sqs:{region}:{account}:FileS3Events{turn}",
    "Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::exercice-s3-{account}{turn}"}}
  }]
}"""
_CODE: Final = """import json

def handler(event, context):
    for record in event["Records"]:
        for told in json.loads(record["body"]).get("Records", []):
            print("image :", told["s3"]["object"]["key"])
"""


def _events() -> tuple[Step, ...]:
    bucket, queue = "exercice-s3-{account}{turn}", "FileS3Events{turn}"
    at = f"buckets/{bucket}"
    return (
        *new_queue(queue, text=N_("First the queue that will be told of files. Choose “Create queue”.")),
        *new_bucket(bucket),
        tab(at, bucket, "properties", text=N_("Open the tab “Properties”.")),
        Step(f"{at}/properties", 'a[href$="/events/new"]',
             N_("Under “Event notifications”, choose “Create event notification”.")),
        *notified(bucket, "VersSQS", queue),
        Step(
            f"{at}/events/new",
            "main .alert.failed",
            N_("Refused, as on AWS: the queue's access policy keeps S3 out. A button here mends it; do it by hand."),
            "look",
        ),
        Step(f"{at}/events/new", f'main a[href$="/queues/{queue}/policy"]', N_("Choose “Edit the queue's policy”.")),
        Step(
            f"queues/{queue}/policy",
            '[name="Policy"]',
            N_("Replace the policy: S3 may send, on behalf of this bucket alone."),
            "type",
            _POLICY,
        ),
        Step(f"queues/{queue}/policy", 'main [action$="/policy"] > .actions > button', N_("Save.")),
        Step(f"queues/{queue}/policy", "main table", N_("This is what the policy says now, in a table."), "look"),
        tab(at, bucket, "properties", text=N_("Back to the bucket: open the tab “Properties”.")),
        Step(
            f"{at}/properties",
            'a[href$="/events/new"]',
            N_("Under “Event notifications”, choose “Create event notification”."),
        ),
        *notified(bucket, "VersSQS", queue),
        Step(f"{at}/properties", "#events",
             N_("This time it was taken: the bucket tells the queue of its files."), "look"),
        tab(f"{at}/properties", bucket, text=N_("Open the tab “Objects”.")),
        Step(at, 'main a.button[href*="/upload"]', N_("Choose “Upload”.")),
        *uploaded(bucket, "facture.txt"),
        polled(queue),
        Step(
            f"queues/{queue}/messages",
            "#received li:nth-child(2) summary",
            N_("S3's test event, and the event of your file. Look into the one with your file's name."),
        ),
        Step(f"queues/{queue}/messages", "#received .letter-more[open]",
             N_("Which bucket, which key, what size: all a consumer needs."), "look"),
        Step(at, '#objects [name="key"]', N_("Clean up. Tick the file,"), "tick"),
        Step(at, "#objects button.danger", N_("delete it,")),
        Step(at, '[action$="/delete-ticked"] button.danger', N_("and say that you mean it.")),
        Step(at, 'main a[href$="/delete"]', N_("Then the bucket: “Delete bucket”.")),
        Step(f"{at}/delete", '[name="confirm"]', N_("Type the bucket's name."), "type", bucket),
        Step(f"{at}/delete", '[action$="/delete"] button.danger', N_("Delete the bucket.")),
        *deleted_queue(queue),
        Step("queues", "#told .alert.done", N_("Everything is as it was before."), "look"),
    )  # fmt: skip


def _pictures() -> tuple[Step, ...]:
    bucket, queue, function = "images-{account}{turn}", "ImagesTest{turn}", "traiter-image{turn}"
    new = "functions/new"
    return (
        *new_queue(
            queue,
            between=(
                Step("queues/new", '[name="policy_mode"][value="basic"]',
                     N_("Choose the basic access policy,"), "tick"),
                Step("queues/new", '[name="senders"]', N_("and let S3 send to the queue."), "type", "s3.amazonaws.com"),
            ),
        ),
        *new_bucket(bucket),
        tab(f"buckets/{bucket}", bucket, "properties", text=N_("Open the tab “Properties”.")),
        Step(f"buckets/{bucket}/properties", 'a[href$="/events/new"]',
             N_("Under “Event notifications”, choose “Create event notification”.")),
        *notified(bucket, "VersSQS", queue),
        Step("functions", 'main a.button[href$="/functions/new"]',
             N_("Now the function that works on pictures. Choose “Create function”.")),
        Step(new, '[name="name"]', N_("Give the function its name."), "type", function),
        Step(new, 'textarea[name="code"]',
             N_("Python, typed here: it prints which picture came. Yours "
                "would make it smaller."), "type", _CODE.rstrip()),
        Step(new, '[name="new_role"]', N_("Let a role be made for it, which may write logs,"), "tick"),
        Step(new, '[name="reads_queues"]', N_("and read queues."), "tick"),
        Step(new, 'main form > .actions > button', N_("Create the function.")),
        tab(f"functions/{function}/code", function, "triggers", text=N_("Open the tab “Triggers”.")),
        Step(f"functions/{function}/triggers", 'main a.button[href$="/triggers/new"]', N_("Choose “Add a queue”.")),
        Step(f"functions/{function}/triggers/new", '[name="source"]',
             N_("Give the queue's ARN."), "type", f"arn:aws:sqs:{{region}}:{{account}}:{queue}"),
        Step(f"functions/{function}/triggers/new", 'main form > .actions > button',
             N_("Add it: from now on the function is invoked with what comes.")),
        *uploaded(bucket, "chat.jpg"),
        Step(f"functions/{function}/logs", "main .log li",
             N_("Its log, live: the picture went from the bucket through the queue to the function."), "look"),
    )  # fmt: skip


TOURS: Final = (
    Tour(
        "s3-events",
        N_("A file comes, a queue is told: S3 events"),
        N_("Bucket, queue, access policy and event notification VersSQS: refused at first, then the event arrives."),
        12, "S1", (("queue", "FileS3Events{turn}"), ("bucket", "exercice-s3-{account}{turn}")), _events(),
    ),
    Tour(
        "pictures",
        N_("From upload to function: working on pictures"),
        N_("A file's event goes through a queue to a function that is written here; its log shows it live."),
        12, "S2, S3", 
        (("queue", "ImagesTest{turn}"), ("bucket", "images-{account}{turn}"), ("function", "traiter-image{turn}")),
        _pictures(),
    ),
)  # fmt: skip
