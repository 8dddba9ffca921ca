"""The cord simulator as a test or a demo handles it: the things that people do in cord."""

from datetime import datetime
from typing import Any

from connector.sandbox.cord.drop_down import AtsJob
from connector.sandbox.cord.events import calls_for, post_call
from connector.sandbox.cord.feed import Row
from connector.sandbox.cord.people import change_person
from connector.sandbox.cord.records import Conversation, Link, Message, Person, Position
from connector.sandbox.cord.rows import forward_row, start_row
from connector.sandbox.cord.state import CordState


class Cord(CordState):
    """One company's cord. Every method may be called from any thread, also while the server runs.

    Unknown ids raise KeyError; acts that cord does not offer in the present state raise ValueError.
    """

    def add_person(
        self,
        id: str | None = None,  # noqa: A002 - the record's own word
        *,
        first_name: str | None = None,
        last_name: str | None = None,
        full_name: str | None = None,
        **details: Any,
    ) -> str:
        """Adds a candidate and returns the id.

        `details`: `emails`, `phones`, `linkedin`, `links`, `headline`, `location`, `cv` (bytes), `cv_filename`,
        `cv_content_type`, `cv_mode`; see `people.change_person`. Without `full_name` it is made of the two parts.
        """
        with self.lock:
            person_id = id or self.new_id("pe")
            joined = " ".join(part for part in (first_name, last_name) if part)
            name = full_name or joined or "Name Unknown"
            person = Person(person_id, first_name, last_name, name, self.clock.now())
            change_person(person, details, self.new_id("fi"), self.clock.now())
            self.people[person_id] = person
            return person_id

    def edit_person(self, id: str, **changes: Any) -> None:  # noqa: A002 - the record's own word
        """Changes a candidate, named as in `add_person`."""
        with self.lock:
            change_person(self.people[id], changes, self.new_id("fi"), self.clock.now())

    def erase(self, id: str) -> None:  # noqa: A002 - the record's own word
        """Erases a candidate: 410 from now on. Conversations and feed rows stay."""
        with self.lock:
            known = self.people[id]
            self.people[id] = Person(id, None, None, "Erased", self.clock.now(), erased=True)
            if not known.erased:
                self.events.note("candidate.erased", id, self.clock.now())

    def add_position(
        self,
        id: str | None = None,  # noqa: A002 - the record's own word
        title: str = "Engineer",
        status: str = "open",
        linked_job: str | None = None,
        *,
        url: str | None = None,
        location: str | None = None,
        description_html: str | None = None,
    ) -> str:
        """Adds a position and returns the id. `linked_job` links it without asking the drop-down."""
        with self.lock:
            position_id, now = id or self.new_id("po"), self.clock.now()
            position = Position(position_id, title, status, now, self.next_change(), None, url, location)
            position.description_html = description_html
            self.positions[position_id] = position
            if linked_job is not None:
                self.link(position_id, linked_job)
            return position_id

    def edit_position(self, id: str, **changes: str | None) -> None:  # noqa: A002 - the record's own word
        """Changes `title`, `status`, `url`, `location` or `description_html` of a position."""
        with self.lock:
            for name, value in changes.items():
                if name not in {"title", "status", "url", "location", "description_html"}:
                    raise ValueError(f"a position has no {name}")
                setattr(self.positions[id], name, value)
            self.touch_position(id)

    def link(self, position_id: str, job_id: str, origin: str = "linked") -> Link:
        """Links a position to an ATS job without asking the drop-down. The same job again changes nothing."""
        with self.lock:
            position = self.positions[position_id]
            if position.link is None or position.link.ats_job_id != job_id:
                position.link = Link(job_id, origin, self.clock.now())
                self.touch_position(position_id)
            return position.link

    def unlink(self, position_id: str) -> None:
        """Takes the link of a position away, if it has one."""
        with self.lock:
            if self.positions[position_id].link is not None:
                self.positions[position_id].link = None
                self.touch_position(position_id)

    def add_ats_job(self, id: str, title: str, status: str = "open", **details: Any) -> None:  # noqa: A002
        """Puts an entry into the drop-down, as `PUT /v1/ats-jobs/{id}` does. `details` as in `AtsJob`."""
        with self.lock:
            updated_at = details.pop("updated_at", None) or self.clock.now()
            self.ats_jobs.put(AtsJob(id, title, status, updated_at, self.next_change(), **details))

    def pending_conversation(self, person_id: str, position_id: str, initiated_by: str = "company") -> str:
        """A message request that nobody has accepted yet; returns the conversation's id. Writes no row."""
        with self.lock:
            person, position = self.people[person_id], self.positions[position_id]
            conversation = Conversation(self.new_id("cv"), person.id, self.clock.now(), initiated_by=initiated_by)
            conversation.positions[position.id] = None
            self.conversations[conversation.id] = conversation
            return conversation.id

    def accept(self, conversation_id: str, requested: bool | None = None, started_at: datetime | None = None) -> str:
        """The other side accepts a pending conversation: writes `conversation.started`, returns the start's id."""
        with self.lock:
            conversation = self.conversations[conversation_id]
            if conversation.state != "pending":
                raise ValueError(f"the conversation is {conversation.state}, not pending")
            conversation.state = "started"
            conversation.accepted_by = "candidate" if conversation.initiated_by == "company" else "company"
            conversation.started_at = started_at or self.clock.now()
            (position_id,) = conversation.positions
            return self._start("conversation.started", conversation, position_id, requested, conversation.started_at)

    def start_conversation(
        self,
        person_id: str,
        position_id: str,
        requested: bool | None = None,
        started_at: datetime | None = None,
    ) -> str:
        """A conversation that is accepted at once; returns the start's id. `requested` None follows `auto_forward`."""
        with self.lock:
            return self.accept(self.pending_conversation(person_id, position_id), requested, started_at)

    def add_position_to_conversation(
        self, conversation_id: str, position_id: str, requested: bool | None = None
    ) -> str:
        """One more position for the same people: writes `conversation.position_added`, returns the new start's id."""
        with self.lock:
            conversation = self.conversations[conversation_id]
            if conversation.state != "started" or position_id in conversation.positions:
                raise ValueError("the conversation must be started and not yet about this position")
            return self._start("conversation.position_added", conversation, position_id, requested, self.clock.now())

    def request_forward(self, start_id: str, user_id: str = "us_4") -> Row:
        """Somebody presses the manual send control; returns the new row. Raises ValueError without a link."""
        with self.lock:
            row = self._last_row(start_id)
            link = self.positions[row["position"]["id"]].link
            if link is None:
                raise ValueError("the send control needs a link")
            return self._write(forward_row(row, link.ats_job_id, user_id, self.clock.now()))

    def close_conversation(self, conversation_id: str) -> None:
        """Closes a conversation. Writes no row."""
        with self.lock:
            conversation = self.conversations[conversation_id]
            conversation.state, conversation.closed_at = "closed", self.clock.now()
            conversation.updated_at = self.clock.now()

    def conversation_of(self, start_id: str) -> str:
        """The id of the conversation that a start belongs to."""
        with self.lock:
            return str(self._last_row(start_id)["conversation_id"])

    def say(self, conversation_id: str, body: str, from_candidate: bool = True) -> str:
        """A message written inside cord; returns its id."""
        with self.lock:
            conversation, now = self.conversations[conversation_id], self.clock.now()
            direction = "from_candidate" if from_candidate else "to_candidate"
            kind, author = ("candidate", conversation.candidate_id) if from_candidate else ("company_user", "us_4")
            message = Message(
                self.new_id("me"), conversation_id, direction, "native", body, now, kind, author, None,
                self.next_change(),
            )  # fmt: skip
            conversation.messages.append(message)
            return message.id

    def messages(self, conversation_id: str) -> list[Message]:
        """The messages of a conversation, oldest first."""
        with self.lock:
            return list(self.conversations[conversation_id].messages)

    def send_events(self) -> list[int | None]:
        """Posts the events since the last time, once each, to active subscriptions; statuses, None for no answer."""
        with self.lock:
            events, at = self.events.take(), int(self.clock.now().timestamp())
            calls = [
                (subscription.url, subscription.secret, body)
                for subscription in self.subscriptions.values()
                if subscription.status == "active"
                for body in calls_for(subscription, events)
            ]
        # Outside the lock: the receiver may well poll the simulator before it answers.
        return [post_call(url, secret, body, at) for url, secret, body in calls]

    def _start(
        self, kind: str, conversation: Conversation, position_id: str, requested: bool | None, moment: datetime
    ) -> str:
        start_id = self.new_id("cs")
        position = self.positions[position_id]
        conversation.positions[position_id] = start_id
        conversation.updated_at = self.clock.now()
        wanted = self.auto_forward if requested is None else requested
        self._write(start_row(start_id, kind, conversation, position, wanted, moment))
        return start_id

    def _last_row(self, start_id: str) -> Row:
        row = self.feed.last_of(start_id)
        if row is None:
            raise KeyError(start_id)
        return row

    def _write(self, row: Row) -> Row:
        self.events.note(row["type"], row["id"], self.clock.now())
        return self.feed.append(row)
