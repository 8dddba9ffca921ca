"""Text messages with the daemon as a process: callbacks over real sockets, from Twilio's simulator to both sides."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from connector.sandbox.twilio.simulator import Twilio
from connector.sandbox.world import World
from tests.ops.post import POSITION, Daemon, wait_until

OURS, THEIRS = "+442079460123", "+447700900123"

_SMS = """\
sms:
  provider: twilio
  # polls come too rarely to be what copies a reply in this test
  poll_every: 1h
  providers:
    twilio: {{account_sid: {sid}, auth_token: "${{TWILIO_TOKEN}}", base_url: "{url}", numbers: ["{ours}"]}}
  templates:
    - {{name: first_call, text: "Hi {{{{application.candidate.first_name}}}}", on: application_sent}}
"""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as made:
        return int(made.getsockname()[1])


class Office:
    """A daemon that is called by Twilio's simulator."""

    def __init__(self, world: World, folder: Path) -> None:
        self.world, self.twilio = world, world.vendor(Twilio)
        self.url = f"http://127.0.0.1:{free_port()}"
        self.twilio.add_number(OURS, inbound_url=f"{self.url}/callbacks/harbourline/twilio/inbound")
        self.daemon = Daemon(world, folder)
        self.daemon.map()
        file = folder / "mappings" / "harbourline.yaml"
        sms = _SMS.format(sid=self.twilio.account, url=world.url_of("twilio"), ours=OURS)
        file.write_text(file.read_text() + sms, encoding="utf-8")
        self.daemon.begin(
            TWILIO_TOKEN=self.twilio.auth_token,
            CONNECTOR_PUBLIC_URL=self.url,
            CONNECTOR_LISTEN=self.url.removeprefix("http://"),
        )

    def applies(self) -> str:
        """Let somebody start a conversation, and wait for the application; returns the conversation."""
        details = next(self.world.people).details() | {"phones": [THEIRS]}
        start = self.world.cord.start_conversation(self.world.cord.add_person(**details), POSITION)
        wait_until(lambda: self.world.pinpoint.applications)
        return self.world.cord.conversation_of(start)

    @property
    def comments(self) -> list[str]:
        return [str(each.attributes["body_text"]) for each in self.world.pinpoint.comments]

    def copies(self, conversation: str) -> list[str]:
        return [each.body for each in self.world.cord.conversations[conversation].messages if each.channel == "sms"]


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with World(limits=None, texting=("twilio",), live_texting=True) as world:
        made = Office(world, tmp_path)
        yield made
        made.daemon.end()


def test_a_text_on_an_event_is_answered_and_the_answer_copied_by_callback(office: Office) -> None:
    phone = office.world.handsets.add(THEIRS, ["Thursday works", "Stop"])
    conversation = office.applies()
    wait_until(lambda: phone.texts)
    wait_until(lambda: office.comments and office.copies(conversation))
    assert (len(phone.texts), office.copies(conversation)) == (1, ["Thursday works"])
    (comment,) = office.comments
    assert "Thursday works" in comment
    # what Twilio said of the delivery has come by callback too
    (sent,) = office.twilio.sent_messages
    kinds = {(each.call.what, each.status) for each in office.twilio.callbacks_sent if each.call.message_id == sent.id}
    assert kinds == {("status", 200)}


def test_the_same_call_twice_is_one_copy_and_the_log_names_nobody(office: Office) -> None:
    conversation = office.applies()
    office.twilio.receive(THEIRS, OURS, "Tuesday suits me well", times=3)
    office.twilio.receive(THEIRS, OURS, "Or Wednesday", times=2)
    wait_until(lambda: len(office.copies(conversation)) == 2 and len(office.comments) == 2)
    assert office.copies(conversation) == ["Tuesday suits me well", "Or Wednesday"]
    log = (office.daemon.folder / "err.log").read_text()
    for personal in (THEIRS, "7700900123", "Tuesday suits me well", office.twilio.auth_token):
        assert personal not in log


def test_a_forged_call_is_refused_by_the_running_daemon(office: Office) -> None:
    office.applies()
    address = urlsplit(office.url)
    connection = http.client.HTTPConnection(str(address.hostname), address.port or 0, timeout=10)
    connection.request(
        "POST",
        "/callbacks/harbourline/twilio/inbound",
        f"MessageSid=SM1&AccountSid={office.twilio.account}&From=%2B447700900123&To=%2B442079460123&Body=forged",
        {"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": "bm90IHRoZWlycw=="},
    )
    assert connection.getresponse().status == 401
    connection.close()
    # a genuine one behind it is copied, and the forged one is not
    office.twilio.receive(THEIRS, OURS, "a genuine one")
    wait_until(lambda: office.comments)
    assert [json.dumps(each).count("forged") for each in office.comments] == [0]
