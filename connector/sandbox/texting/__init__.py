"""What the simulators of Twilio, Plivo, Exotel and ClickSend share, written from the vendors' documents alone.

How a test uses one (`vendor` is any of them, e.g. `World(texting=["twilio"]).vendor(Twilio)`):

    ours = "+447700900100"
    vendor.add_number(ours, inbound_url=public_url + "/callbacks/acme/twilio/inbound")
    world.handsets.add("+447700900123", answers=["Thursday works", "STOP"])
    ...                                  # the product sends over the API
    vendor.step()                        # each message one status further; status callbacks go out
    vendor.deliver_all()                 # to the end; handsets answer, and inbound callbacks go out
    vendor.receive("+447700900123", ours, "Hello", times=2, late_s=60, listed_after_s=1200)
    vendor.posting.hold = True           # calls are kept ...
    vendor.release(reverse=True)         # ... and come out of order
    vendor.report(id, "undelivered", "30003")   # contradicts what was said before
    vendor.repeat(vendor.callbacks_sent[0])     # the same bytes again
    vendor.tamper = lambda call: replace(call, body=b"forged")
    vendor.clock.offset_s += 1200        # twenty minutes later, for lists, late calls and retries
    vendor.start_live()                  # everything by itself, for demonstrations

How a vendor is written: a subclass of `TextVendor` with its hooks (statuses, ids, signed calls), and a front door (an
`exchange.Platform`) which reads requests, and under `vendor.lock` uses `accept`, `listed` and `remove`. It is entered
in `connector/sandbox/vendors.py`, one line.
"""

from connector.sandbox.texting.basic import basic_credentials as basic_credentials
from connector.sandbox.texting.handsets import FATES as FATES
from connector.sandbox.texting.handsets import START_WORDS as START_WORDS
from connector.sandbox.texting.handsets import STOP_WORDS as STOP_WORDS
from connector.sandbox.texting.handsets import Arrived as Arrived
from connector.sandbox.texting.handsets import Handset as Handset
from connector.sandbox.texting.handsets import Handsets as Handsets
from connector.sandbox.texting.posting import Posting as Posting
from connector.sandbox.texting.records import INBOUND as INBOUND
from connector.sandbox.texting.records import OUTBOUND as OUTBOUND
from connector.sandbox.texting.records import CallbackCall as CallbackCall
from connector.sandbox.texting.records import CallbackSent as CallbackSent
from connector.sandbox.texting.records import Media as Media
from connector.sandbox.texting.records import OwnNumber as OwnNumber
from connector.sandbox.texting.records import Step as Step
from connector.sandbox.texting.records import TextMessage as TextMessage
from connector.sandbox.texting.segments import segments as segments
from connector.sandbox.texting.vendor import TextVendor as TextVendor
