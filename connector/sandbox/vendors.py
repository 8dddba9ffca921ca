"""The text-message vendors that a world can have, by name."""

from collections.abc import Callable

from connector.sandbox.clicksend.simulator import ClickSend
from connector.sandbox.exotel.simulator import Exotel
from connector.sandbox.plivo.simulator import Plivo
from connector.sandbox.texting.handsets import Handsets
from connector.sandbox.texting.vendor import TextVendor
from connector.sandbox.twilio.simulator import Twilio

#: Seed and handsets to a vendor; one line each.
VENDORS: dict[str, Callable[[int, Handsets], TextVendor]] = {
    "twilio": Twilio,
    "plivo": Plivo,
    "exotel": Exotel,
    "clicksend": ClickSend,
}
