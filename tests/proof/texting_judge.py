"""What must be true of texts in the end: vendors, both platforms and the ledger agree, and nothing leaks."""

from __future__ import annotations

import itertools
from collections.abc import MutableMapping
from datetime import datetime, timedelta
from typing import Any, ClassVar

from connector.domain.actions import Kind, State
from connector.domain.texts import Delivery, Direction, Message
from connector.rules.replies import HELD, MIRRORED
from connector.sandbox.texting.records import TextMessage
from connector.sandbox.world import World
from tests.proof.texting_stage import (
    VENDORS,
    TextStage,
    came_in,
    failed,
    handed_over,
    in_conversations,
    leaks,
    marked,
    sent_twice,
    was_told,
)

#: the last one is shared by two people, and nobody has forwarded the stranger
PHONES = ("+447700900101", "+447700900102", "+447700900103")
STRANGER = "+447700900999"
NUMBERS = (*PHONES, STRANGER)


class Judge:
    """The truths about texts; `test_texting_machine` plays what leads there."""

    world: ClassVar[World]
    stage: TextStage
    cord: Any
    sms: dict[str, Any]
    closed: set[int]
    contradicted: set[str]
    by_hand: dict[int, str]
    forged: set[str]
    said: list[MutableMapping[str, Any]]

    def _phone_of(self, start: str) -> str:
        row = next(row for row in self.cord.starts if row["id"] == start)
        number: str = self.cord.people[row["candidate_id"]].phones[0]["number"]
        return number

    def _judge(self) -> None:
        assert sent_twice(self.world) == []
        self._judge_replies()
        self._judge_order()
        self._judge_messages()
        self._judge_balance()
        assert [line for line in self.said if leaks(str(line), NUMBERS)] == []
        assert [line for line in self.said if line.get("event") == "unexpected"] == []

    def _judge_replies(self) -> None:
        company = self.stage.company.name
        held = {reply.id for reply in self.stage.stores.texts.inbox(company, unmatched=True, limit=100_000)}
        inbox = {reply.id for reply in self.stage.stores.texts.inbox(company, limit=100_000)}
        known: set[int] = set()
        for vendor, message in came_in(self.world):
            row = self.stage.row(vendor, message.id)
            if row is None:
                # Exotel lists nothing: what nobody was told is lost on its side
                assert vendor == "exotel", f"a reply to {vendor} is lost"
                assert not was_told(self.world.texting[vendor], message.id)
                continue
            known.add(row.id)
            assert row.how not in ("new", "our_own", "too_old", "chatbot", "forgotten"), row.how
            assert row.id in inbox
            assert (row.id in held) == (row.how in HELD)
            assert row.text == ("" if row.text_lost else message.text)
            assert row.text_lost is False or vendor == "plivo"
            if row.at_exact:
                assert abs(row.at - message.created_at) < timedelta(seconds=1)
            if row.how in MIRRORED:
                self._judge_copies(vendor, message, row)
            else:
                assert marked(self.world, vendor, message.id) == in_conversations(self.world, message.id) == []
        assert {reply.id for reply in self.stage.rows(NUMBERS, Direction.IN)} == known
        assert [id_ for id_ in self.forged for vendor in VENDORS if self.stage.row(vendor, id_)] == []

    def _judge_copies(self, vendor: str, message: TextMessage, row: Message) -> None:
        """A reply stands once on the application, and once in the conversation, or a named fault says why not."""
        (application,) = self.stage.stores.actions.items([row.application or 0])
        about = f"{vendor} {row.how} {message.id}"
        if row.id in self.by_hand:
            assert application.start_id == self.by_hand[row.id]
        else:
            assert self._phone_of(application.start_id) == message.sender, about
        id_ = message.id + (":gap" if row.text_lost else "")
        comments, messages = marked(self.world, vendor, id_), in_conversations(self.world, id_)
        copies = [i for i in self.stage.actions(Kind.COMMENT, Kind.REPLY) if i.message == row.id]
        stands = {i.kind: (i.state, i.reason) for i in copies if i.key.endswith(f":{id_}:{application.start_id}")}
        assert set(stands) == {Kind.COMMENT, Kind.REPLY}, about
        if application.remote_id is None:
            assert stands[Kind.COMMENT] == (State.PARKED, "application_not_there")
            assert comments == []
        else:
            assert stands[Kind.COMMENT] == (State.DONE, "copied"), f"{about}: {stands}"
            assert [where for where, _ in comments] == [application.remote_id], about
        assert stands[Kind.REPLY] == (State.DONE, "copied"), f"{about}: {stands}"
        assert [where for where, _ in messages] == [application.conversation_id], about
        if row.at_exact and not was_told(self.world.texting[vendor], message.id):
            # a callback of some vendors names no time, and what is copied at once carries that of its receipt
            shown = f"{message.created_at:%d %b %Y %H:%M} UTC"
            assert [text for _, text in comments if shown not in text] == []
            assert [m for _, m in messages if abs(m.at - message.created_at) >= timedelta(seconds=1)] == []

    def _judge_order(self) -> None:
        """Within a conversation copies stand in the order of the replies, as far as the earlier was known in time.

        Where a callback named no time and the copy left before a poll did, its time is that of receipt: that orders
        nothing.
        """
        said = {message.id: message.created_at for _, message in came_in(self.world)}
        for conversation in self.cord.conversations.values():
            copied = [m for m in conversation.messages if m.channel == "sms"]
            own = [m for m in copied if abs(m.at - said[m.external_id.removesuffix(":gap")]) < timedelta(seconds=1)]
            for first, second in itertools.pairwise(own):
                if second.at >= first.at:
                    continue
                made, planned = self._made_at(first), self._moment_of(second, State.PLANNED)
                assert planned > made, f"an earlier reply was copied after a later one: {first} {second}"

    def _made_at(self, message: Any) -> datetime:
        """Return when a copy may have been made first: a process that died then has not written that it was."""
        planned = self._moment_of(message, State.PLANNED)
        path = f"/v1/conversations/{message.conversation_id}/messages"
        calls = [c.at for c in self.world.calls_to("cord") if (c.method, c.path) == ("POST", path) and c.at >= planned]
        return min(calls)

    def _moment_of(self, message: Any, state: State) -> datetime:
        """Return when the copy of a reply got to a state first."""
        items = [i for i in self.stage.actions(Kind.REPLY) if i.conversation_id == message.conversation_id]
        (item,) = [i for i in items if i.key.endswith(f":{message.external_id}:{i.start_id}")]
        events = self.stage.stores.actions.history([item.id])[item.id]
        return next(at for at, stands, _, _ in events if stands == state)

    def _judge_messages(self) -> None:
        """What the ledger says of each message of ours is what the vendor says, or nobody knows it and it says so."""
        there = {message.id: (vendor, message) for vendor, message in handed_over(self.world)}
        rows = self.stage.rows(NUMBERS, Direction.OUT)
        items = {item.message: item for item in self.stage.actions(Kind.MESSAGE) if item.message}
        claimed = [row.remote_id for row in rows if row.remote_id]
        assert len(claimed) == len(set(claimed))
        assert set(claimed) <= set(there)
        doubtful = {row.text for row in rows if items[row.id].reason == "message_unknown"}
        # every text that a vendor has is one that we know of
        assert [m.text for id_, (_, m) in there.items() if id_ not in claimed and m.text not in doubtful] == []
        for row in rows:
            item = items[row.id]
            assert item.state in (State.DONE, State.CLOSED, State.QUARANTINED), item
            taken = row.remote_id is not None
            assert taken == (item.state is State.DONE), item
            if not taken:
                assert row.delivery in (Delivery.PENDING, Delivery.CANCELLED, Delivery.FAILED)
                continue
            vendor, message = there[row.remote_id or ""]
            assert (row.provider, row.theirs, row.text) == (vendor, message.to, message.text)
            if message.id not in self.contradicted and message.course == []:
                self._judge_status(row, message)
        assert [
            i for i in self.stage.actions(Kind.MESSAGE) if i.id in self.closed and i.state is not State.CLOSED
        ] == []

    def _judge_status(self, row: Message, message: TextMessage) -> None:
        if failed(message):
            assert row.delivery is Delivery.FAILED, f"{row.provider}: {message.status} and {row.delivery}"
            assert row.code or row.words
        else:
            # what stays silent is asked about where the vendor answers
            arrived = any(each.message_id == message.id for each in self.world.handsets.get(message.to).arrived)
            assert row.delivery in (Delivery.QUEUED, Delivery.SENT, Delivery.DELIVERED)
            assert arrived or row.delivery is not Delivery.DELIVERED

    def _judge_balance(self) -> None:
        company = self.stage.company.name
        lines = self.stage.stores.texts.segment_lines(company, 100_000)[::-1]
        total = 0
        for line in lines:
            if line.what == "sent" and self.sms["segment_balance"] is not None:
                assert total > 0, "segments were used that nobody had"
            total += line.segments
            assert line.left == total
        assert self.stage.stores.texts.segments_left(company) == total
        used: dict[int, int] = {}
        for line in lines:
            if line.message is not None:
                used[line.message] = used.get(line.message, 0) - line.segments
        held = {message.id: message for _, message in (*handed_over(self.world), *came_in(self.world))}
        items = {item.message: item for item in self.stage.actions(Kind.MESSAGE) if item.message}
        for row in self.stage.rows(NUMBERS, Direction.IN):
            assert used.get(row.id) == held[row.remote_id or ""].segments, f"{row.provider}: {row.segments}"
        for row in self.stage.rows(NUMBERS, Direction.OUT):
            if row.remote_id is None and items[row.id].reason != "message_unknown":
                assert used.get(row.id, 0) == 0
            elif row.remote_id is not None:
                # Twilio alone says that what never left costs nothing
                free = row.provider == "twilio" and held[row.remote_id].status == "failed"
                if row.remote_id not in self.contradicted:
                    assert used.get(row.id, 0) == (0 if free else row.segments), held[row.remote_id].status
                assert row.segments == held[row.remote_id].segments
