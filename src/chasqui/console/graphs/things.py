"""Resources as boxes of a picture: kinds and signs. What an ARN names says `arns.py`."""

from __future__ import annotations

from typing import Final

from chasqui.console.language import N_

KINDS: Final = {
    "topic": N_("Topics"),
    "queue": N_("Queues"),
    "function": N_("Functions"),
    "bucket": N_("Buckets"),
    "http": N_("HTTP endpoints"),
    "mail": N_("E-mail addresses"),
    "phone": N_("Phones"),
    "other": N_("Others"),
}
"""Kinds of boxes, and what all of a kind are called."""
ONE: Final = {
    "topic": N_("Topic"),
    "queue": N_("Queue"),
    "function": N_("Function"),
    "bucket": N_("Bucket"),
    "http": N_("HTTP endpoint"),
    "mail": N_("E-mail address"),
    "phone": N_("Phone"),
    "other": N_("Other"),
}
"""What one of a kind is."""
SIGNS: Final = {
    "topic": "SNS", "queue": "SQS", "function": "λ", "bucket": "S3", "http": "HTTP", "mail": "@", "phone": "SMS",
    "other": "·",
}  # fmt: skip
"""The letters in a box."""
PROTOCOLS: Final = {
    "sqs": "queue",
    "lambda": "function",
    "http": "http",
    "https": "http",
    "email": "mail",
    "email-json": "mail",
    "sms": "phone",
}
"""Kinds by the protocol of a subscription."""
