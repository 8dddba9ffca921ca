"""Every reason code, in an administrator's words, with what to do. `explain`, `failures` and the docs print these."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Reason:
    """One line of the outcomes table."""

    code: str
    #: what happened
    words: str
    #: what moves it, or what to do
    advice: str
    #: the word the source gets with a `skipped` or `failed` report; None: the source is not told
    told: str | None = None


_ALL = (
    Reason("recorded", "read from the source, not looked at yet", "nothing to do"),
    Reason("send", "is being sent", "nothing to do"),
    Reason("sent", "an application was created in the Applied stage", "nothing to do"),
    Reason("already_there", "the person was on that job already", "nothing to do"),
    Reason("same_application", "another conversation of the same person led to that application", "nothing to do"),
    Reason(
        "position_not_linked",
        "the position is not linked to a job",
        "link it, in the mapping file or at the source; it is then sent by itself",
        "unlinked",
    ),
    Reason(
        "waiting_for_manual_send",
        "automatic forwarding is off for it, and nobody asked",
        "connector send CONVERSATION, the send control at the source, or a backfill",
    ),
    Reason(
        "before_start",
        "the conversation started before the mapping's `start`",
        "connector send CONVERSATION, or a backfill",
    ),
    Reason(
        "first_batch_too_large",
        "the first batch is larger than `max_new_per_run`",
        "look at `connector plan`, then `connector sync --yes`",
    ),
    Reason("job_not_open", "the job is not open", "open the job; it is then sent by itself", "ats_job_closed"),
    Reason("job_gone", "the job is not there any more", "link the position to another job", "ats_job_closed"),
    Reason(
        "no_email",
        "the person has no usable e-mail address",
        "wait for the address; it is looked at hourly, later daily",
        "missing_email",
    ),
    Reason(
        "phone_required",
        "the job requires a phone number, and the person has none that is possible",
        "complete the person's record, or relax the job's form",
        "ats_validation",
    ),
    Reason(
        "cv_required",
        "the job requires a CV, and there is none that can be sent",
        "complete the person's record, or relax the job's form",
        "ats_validation",
    ),
    Reason(
        "summary_required",
        "the job requires a summary, and the person has none",
        "complete the person's record, or relax the job's form",
        "ats_validation",
    ),
    Reason(
        "candidate_erased",
        "the person was erased at the source; what was held here is gone too",
        "nothing to do",
    ),
    Reason(
        "refused_by_ats",
        "Pinpoint refuses the application",
        "read the server's words, mend the record or the job, then `connector retry`",
        "ats_validation",
    ),
    Reason(
        "refused_by_source",
        "the source does not take the report about it; the application itself is not concerned",
        "nothing to do, unless the recruiters there miss it: `connector retry` reports again",
    ),
    Reason(
        "address_required",
        "Pinpoint asks for a postal address, which the source does not give",
        "relax the job's form, then `connector retry`",
        "ats_validation",
    ),
    Reason(
        "wire_error",
        "an answer about this item was not as the contract says, three times",
        "look at the excerpt; `connector retry` asks again",
        "internal",
    ),
    Reason("key_refused", "the key is refused", "put a working key in place; it goes on by itself"),
    Reason("permission_missing", "the key lacks a permission", "tick the permission; it goes on by itself"),
    Reason("api_off", "the interface is switched off for the company", "switch it on; it goes on by itself"),
    Reason("rate_limited", "the other side asked to wait", "nothing to do; it goes on by itself"),
    Reason(
        "platform_unwell",
        "the other side could not be reached, or did not answer well",
        "nothing to do; it goes on by itself",
    ),
    Reason(
        "outcome_unknown",
        "a request left and no trustworthy answer came back",
        "nothing to do: it is looked up before it is repeated",
    ),
    Reason(
        "another_goes_first", "another conversation of the same person for the same job is under way", "nothing to do"
    ),
    Reason("created_unchecked", "created, not yet read back", "nothing to do"),
    Reason("not_started", "the source says that no conversation has started with the person", "nothing to do"),
    Reason("conversation_gone", "the source does not know the person or conversation any more", "connector drop"),
    Reason(
        "forgotten",
        "the person was erased here on request",
        "`connector forget ADDRESS --completely` lifts it",
    ),
    Reason("dropped", "dropped by an administrator", "`connector retry` takes it up again"),
    Reason("retried", "taken up again by an administrator", "nothing to do"),
    Reason("asked", "asked for by hand", "nothing to do"),
    Reason("released", "what it waited for has changed", "nothing to do"),
    Reason("listed", "the job stands in the source's list", "nothing to do"),
    Reason("delisted", "the job was taken off the source's list", "nothing to do"),
    Reason(
        "listing_refused",
        "the source does not take the job's entry in its list",
        "read the source's words and mend the job in Pinpoint; the next change of it is written by itself",
    ),
    Reason(
        "job_unreadable",
        "the job's row in Pinpoint's list cannot be read, so it counts as being there as it was",
        "mend the job in Pinpoint, or report it with the note; it is read again with every reading of the list",
    ),
    Reason(
        "suspicious_change",
        "more jobs would vanish from the source's list than is believable, so none is taken away",
        "look at the jobs in Pinpoint; `connector sync --yes` lets it through, or two more readings an hour apart",
    ),
    Reason(
        "job_not_listed",
        "the source's list of jobs does not show the job yet, so the source cannot link to it",
        "nothing to do: the mapping file's link works all the same, and the source is told once the job is listed",
    ),
    Reason(
        "link_refused",
        "the source does not take the link",
        "nothing to do for forwarding: the mapping file's link works all the same",
    ),
    Reason("brake_released", "what was held back is believable again, or was let through", "nothing to do"),
    Reason("told", "the source was told", "nothing to do"),
    Reason("overtaken", "there is newer news about it, which the source is told instead", "nothing to do"),
    Reason("added", "what was new about the person was added", "nothing to do"),
    Reason("text", "a text message is being sent", "nothing to do"),
    Reason(
        "handed_over",
        "the SMS provider has taken the message",
        "nothing to do; `connector sms thread` shows how far it got",
    ),
    Reason(
        "message_unknown",
        "nobody knows whether the message was sent, and it was not resent",
        "look into the provider's console; `connector retry` sends it again, `connector drop` does not",
    ),
    Reason(
        "message_refused",
        "the SMS provider refuses the message",
        "read the provider's words in the note, mend what they name, then `connector retry`",
    ),
    Reason(
        "not_repeated",
        "the message had failed, and may have arrived after all: it is not sent once more",
        "see `connector sms thread`; `connector retry` sends it all the same",
    ),
    Reason("refused_for_now", "the SMS provider refuses the message for a reason that passes", "nothing to do"),
    Reason(
        "account_stopped",
        "the SMS provider sends nothing for the whole account",
        "see to the account's money and state at the provider; it goes on by itself",
    ),
    Reason(
        "opted_out", "the person has opted out of text messages", "nothing to do: only their START brings texts back"
    ),
    Reason(
        "no_balance",
        "the segments of `segment_balance` are used up",
        "raise `segment_balance`; what was given up is not sent later, new messages are",
    ),
    Reason("sms_off", "text messages are switched off", "set `enabled: true`; what was called off is not sent later"),
    Reason(
        "quiet_hours", "it is outside the hours in which texts are sent", "nothing to do; it leaves when they begin"
    ),
    Reason(
        "no_common_hour",
        "no hour lies inside the quiet hours' window in every zone that the number may be in",
        "set `quiet_hours.zone`, then `connector retry`",
    ),
    Reason("no_number", "the person has no number that a text can be sent to", "nothing to do"),
    Reason(
        "number_not_possible",
        "the number is not one that a text can be sent to",
        "correct it at the source, then `connector retry`",
    ),
    Reason(
        "no_sending_number",
        "none of our numbers sends to that country",
        "add a number with that dialling code to the provider, then `connector retry`",
    ),
    Reason(
        "no_provider",
        "no SMS provider is set up for that number",
        "set `provider` or `routing` in the mapping file, then `connector retry`",
    ),
    Reason("text_empty", "the text is empty", "write one"),
    Reason("text_too_long", "the text is longer than the provider takes", "shorten it"),
    Reason(
        "value_missing",
        "the template needs a value that is not there",
        "complete the person's record or give the name a `default`, then `connector retry`",
    ),
    Reason("template_gone", "the template is not in the mapping file any more", "nothing to do"),
    Reason(
        "reply_goes_first", "the person has written, which may be a STOP, and it is looked at first", "nothing to do"
    ),
    Reason("copy", "a reply is being copied", "nothing to do"),
    Reason("copied", "the reply was copied", "nothing to do"),
    Reason(
        "copy_refused",
        "the other side does not take the copy of a reply",
        "read its words in the note, mend what they name, then `connector retry`",
    ),
    Reason("conversation_closed", "the conversation is closed, and takes no copy of a reply", "nothing to do"),
    Reason(
        "application_not_there",
        "the application that a reply belongs to is not in Pinpoint yet",
        "nothing to do: the reply is copied once it is",
    ),
    Reason("earlier_reply_first", "an earlier reply to the same place is copied first", "nothing to do"),
    Reason("buy", "is being bought", "nothing to do"),
    Reason("bought", "the number or the account for it was bought", "nothing to do"),
    Reason(
        "not_bought",
        "the number or the account for it was surely not bought",
        "read the provider's words, then `connector sms provision` again",
    ),
    Reason("internal", "an error of the connector's own", "report it with the log", "internal"),
)

REASONS: dict[str, Reason] = {reason.code: reason for reason in _ALL}

#: notes that stand beside a state, with their words
NOTES: dict[str, str] = {
    "cv_missing": "without a CV: there is none",
    "cv_sent": "with a CV",
    "cv_unfit": "without a CV: the file is not one that can be sent",
    "cv_encrypted": "the CV is an encrypted PDF",
    "cv_not_seen": "the answer was lost, and Pinpoint shows no CV: check it by hand",
    "cv_not_stored": "Pinpoint shows no CV although one was sent: check it by hand",
    "not_in_applied": "Pinpoint shows it outside the Applied stage",
    "phone_left_out": "without the phone number: it is not a possible one",
    "phone_unverified": "the phone number is possible but not known to be valid",
    "needs_merging": "Pinpoint holds two or more records of this person: they want merging",
    "tied": "tied to the person's record in Pinpoint",
}


def words(code: str) -> str:
    """Return a reason in an administrator's words; an unlisted code is shown as it is."""
    return REASONS[code].words if code in REASONS else code


def advice(code: str) -> str:
    """Return what to do about a reason."""
    return REASONS[code].advice if code in REASONS else "connector explain shows its history"
