"""What the advisor says of each kind of finding, in English; pages translate it."""

from __future__ import annotations

from typing import Final

import msgspec

from chasqui.console.language import N_


class Words(msgspec.Struct, frozen=True):
    """A kind's title, and why it matters; `%(name)s` and the finding's facts are filled in."""

    title: str
    why: str


WORDS: Final = {
    "queue-without-dlq": Words(
        N_("%(name)s has no dead-letter queue"),
        N_(
            "A message that its consumers cannot process comes back again and again until it expires, and then it is"
            " lost. With a dead-letter queue it is set aside after some attempts, and can be looked at."
        ),
    ),
    "visibility-below-timeout": Words(
        N_("%(name)s shows messages again while %(function)s may still work on them"),
        N_(
            "The visibility timeout is %(visibility)s s and the function's timeout is %(timeout)s s: a slow run is"
            " overtaken by a second one of the same message. It should be six times the function's timeout."
        ),
    ),
    "visibility-short": Words(
        N_("The visibility timeout of %(name)s is short for %(function)s"),
        N_(
            "It is %(visibility)s s, the function's timeout %(timeout)s s. AWS recommends six times the function's"
            " timeout, so that batches can be tried again when the function is throttled."
        ),
    ),
    "dlq-with-messages": Words(
        N_("The dead-letter queue %(name)s has messages (%(count)s)"),
        N_("Consumers of %(sources)s gave up on them. Find out why; then move them back to be processed again."),
    ),
    "dlq-retention": Words(
        N_("The dead-letter queue %(name)s keeps messages no longer than %(source)s does"),
        N_(
            "A message's age counts from when it was first sent, so one that fails late is deleted soon after it came"
            " here. Its retention should be longer than the source's."
        ),
    ),
    "redrive-loop": Words(
        N_("%(name)s is part of a circle of dead-letter queues"),
        N_("A message that nobody can process goes round through %(queues)s for ever, until it expires."),
    ),
    "receive-count-low": Words(
        N_("%(name)s gives up on messages after %(count)s attempts"),
        N_(
            "Lambda reads the queue, and counts an attempt also where a function was throttled. AWS recommends a"
            " maximum receive count of 5 or more."
        ),
    ),
    "queue-nobody-reads": Words(
        N_("Nobody reads %(name)s"),
        N_(
            "Messages wait there (%(count)s), the oldest since %(age)s s, and since this node of the server started"
            " nobody received any from it. Start its consumer, or delete the queue."
        ),
    ),
    "mapping-disabled": Words(
        N_("%(function)s does not read %(name)s: the trigger is disabled"),
        N_("The event-source mapping is there, but off, and messages wait (%(count)s)."),
    ),
    "queue-unencrypted": Words(
        N_("The messages of %(name)s are not encrypted"),
        N_("Whoever gets hold of the database's file can read them. Encryption with the server's keys costs nothing."),
    ),
    "policy-open": Words(
        N_("The policy of %(name)s lets everybody in"),
        N_(
            "The statement %(which)s allows %(actions)s to any principal, without a condition. Name the accounts, users"
            " or services that need it, or add a condition (aws:SourceArn)."
        ),
    ),
    "subscription-without-dlq": Words(
        N_("A subscription of %(name)s has no dead-letter queue"),
        N_(
            "What %(endpoint)s does not take in spite of retries is dropped. A dead-letter queue of the subscription"
            " keeps it."
        ),
    ),
    "subscription-pending": Words(
        N_("%(name)s has subscriptions that are not confirmed (%(count)s)"),
        N_("They get nothing until the receiver follows the link in the confirmation, within two days."),
    ),
    "target-missing": Words(
        N_("The bucket %(name)s sends events to %(target)s, which does not exist"),
        N_("Every event of the configuration %(which)s is lost."),
    ),
    "function-without-destination": Words(
        N_("%(name)s loses events that fail"),
        N_(
            "It is invoked asynchronously (%(sources)s). After two retries an event is dropped: it has neither a"
            " dead-letter queue nor a destination for failures."
        ),
    ),
}
