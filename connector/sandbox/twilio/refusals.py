"""Twilio's error answers: `code`, `message`, `more_info` and `status`."""

from connector.sandbox.exchange import Answer, json_answer

#: Codes and words in the style of twilio.com/docs/api/errors; those marked are assumed.
WORDS = {
    20001: "Invalid parameter",
    20003: "Authenticate",
    20009: "Resource is not finished yet",
    20404: "The requested resource was not found",
    20429: "Too Many Requests",
    20500: "An internal server error has occurred",
    21211: "Invalid 'To' Phone Number",
    21212: "Invalid 'From' Number",
    21266: "'To' and 'From' number cannot be the same",  # assumed
    21408: "Permission to send an SMS has not been enabled for the region indicated by the 'To' number",
    21422: "Phone number is not available",  # assumed
    21481: "Invalid PageToken",
    21602: "Message body is required",  # assumed
    21603: "A 'From' phone number is required",  # assumed
    21604: "A 'To' phone number is required",  # assumed
    21606: "The 'From' phone number is not a valid, SMS-capable number for this account",
    21608: "The number is unverified. Trial accounts cannot send messages to unverified numbers",
    21609: "Invalid 'StatusCallback' url",  # assumed
    21610: "Attempt to send to unsubscribed recipient",
    21611: "This 'From' number has exceeded the maximum number of queued messages",
    21612: "Message cannot be sent with the current combination of 'To' and 'From' parameters",
    21614: "'To' number is not a valid mobile number",
    21617: "The concatenated message body exceeds the 1600 character limit",
    21649: "A regulatory bundle is required for this number",  # assumed
    21659: "'From' is not a Twilio phone number or Short Code",
    21703: "The Messaging Service contains no phone numbers",  # assumed
    30409: "Message can not be canceled",  # assumed
    35114: "SendAt time must be between 15 minutes and 35 days in the future",  # assumed
    35118: "MessagingServiceSid is required to schedule a message",  # assumed
}


class Refused(Exception):
    """The request is answered with an error."""

    def __init__(self, code: int, status: int = 400, message: str | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.status = status
        self.message = message or WORDS[code]


def not_found() -> Refused:
    """404 for anything that is not there."""
    return Refused(20404, 404)


def unauthorised() -> Refused:
    """401 for bad credentials, and for a key that may not do this."""
    return Refused(20003, 401)


def error_answer(refused: Refused) -> Answer:
    """The error body."""
    body = {
        "code": refused.code,
        "message": refused.message,
        "more_info": f"https://www.twilio.com/docs/errors/{refused.code}",
        "status": refused.status,
    }
    return json_answer(refused.status, body)
