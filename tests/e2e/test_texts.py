"""Text messages with the daemon as a process: callbacks over real sockets, from Twilio's simulator to both sides."""

from __future__ import annotations

import http.client
import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
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
        self._keys = {"TWILIO_TOKEN": self.twilio.auth_token}
        self.daemon.begin(
            **self._keys,
            CONNECTOR_PUBLIC_URL=self.url,
            CONNECTOR_LISTEN=self.url.removeprefix("http://"),
        )

    def applies(self) -> str:
        """Let somebody start a conversation, and wait for the application; returns the conversation."""
        details = next(self.world.people).details() | {"phones": [THEIRS]}
        start = self.world.cord.start_conversation(self.world.cord.add_person(**details), POSITION)
        wait_until(lambda: self.world.pinpoint.applications)
        return self.world.cord.conversation_of(start)

    def starts(self, number: str) -> None:
        """Let somebody with that number start a conversation, and wait until they are forwarded."""
        before = self.daemon.applications()
        details = next(self.world.people).details() | {"phones": [number]}
        self.world.cord.start_conversation(self.world.cord.add_person(**details), POSITION)
        wait_until(lambda: self.daemon.applications() == before + 1)
        wait_until(lambda: self.standing()["done"] == before + 1)

    def standing(self) -> dict[str, Any]:
        """Return where the company's work stands: its counts, and `texts`."""
        (company,) = self.command("status", "--json")["companies"]
        return {**company["counts"], "texts": company["texts"]}

    def command(self, *words: str) -> dict[str, Any]:
        """Make a command beside the daemon; returns its document."""
        line = [sys.executable, "-m", "connector", *words]
        about = {"cwd": self.daemon.folder, "env": self.daemon.environ | self._keys, "timeout": 60}
        said: dict[str, Any] = json.loads(subprocess.run(line, capture_output=True, check=False, **about).stdout)
        return said

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


def test_switched_off_by_a_command_the_running_daemon_sends_nothing_more(office: Office) -> None:
    """No poll is due within the hour: that it has heard of the command is what stops it."""
    first = office.world.handsets.add(THEIRS)
    conversation = office.applies()
    wait_until(lambda: first.texts)
    mapping = office.daemon.folder / "mappings" / "harbourline.yaml"
    mapping.write_text(mapping.read_text().replace("on: application_sent}", "on: application_sent, after: 1h}"))
    wait_until(lambda: len(office.daemon.log("change")) == 1)
    second, third = office.world.handsets.add("+447700900456"), office.world.handsets.add("+447700900789")
    office.starts(second.number)
    assert office.standing()["texts"]["queued"] == 1
    said = office.command("sms", "off", "--json")
    assert (said["cancelled"], said["after"]) == (1, False)
    wait_until(lambda: len(office.daemon.log("change")) == 2)
    office.starts(third.number)
    texts = office.standing()["texts"]
    assert (texts["enabled"], texts["queued"]) == (False, 0)
    # replies still come in, and are copied
    office.twilio.receive(THEIRS, OURS, "still listening?")
    wait_until(lambda: office.copies(conversation) == ["still listening?"] and office.comments)
    # and what was called off does not leave once texts are on again
    office.command("sms", "on", "--json")
    wait_until(lambda: len(office.daemon.log("change")) == 3)
    office.twilio.receive(THEIRS, OURS, "and now?")
    wait_until(lambda: len(office.copies(conversation)) == 2)
    assert office.standing()["texts"]["queued"] == 0
    assert (len(first.texts), second.texts, third.texts) == (1, [], [])
