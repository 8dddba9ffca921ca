"""`send` and `explain`: one person."""

from __future__ import annotations

import threading
import time

from connector.app import open_stores
from tests.cli.desk import Desk


def address_of(desk: Desk, start: str) -> str:
    person = desk.world.cord.people[desk.world.cord.conversations[desk.conversation(start)].candidate_id]
    return str(person.emails[0]["address"])


def test_a_conversation_is_sent_by_hand(desk: Desk) -> None:
    desk.map(forwarding="automatic: false")
    start = desk.starts()
    ended = desk.run("send", desk.conversation(start))
    assert ended.returncode == 0
    assert "-> job 5101: done, application" in ended.stdout
    assert desk.addresses() == [address_of(desk, start)]


def test_a_start_s_id_will_do_too_and_twice_is_safe(desk: Desk) -> None:
    start = desk.starts()
    assert desk.run("send", start).returncode == 0
    assert desk.run("send", start).returncode == 0
    assert len(desk.addresses()) == 1


def test_the_job_can_be_named(desk: Desk) -> None:
    start = desk.starts("po_19")
    (sent,) = desk.json("send", desk.conversation(start), "--job", "5101")["starts"]
    assert (sent["state"], sent["reason"], sent["job"]) == ("done", "sent", "5101")


def test_somebody_who_cannot_go_is_told_why_and_what_moves_it(desk: Desk) -> None:
    start = desk.starts("po_18", phones=[])
    ended = desk.run("send", desk.conversation(start))
    assert ended.returncode == 0
    assert "not in the ATS: the job requires a phone number" in ended.stdout
    assert "what moves it: complete the person's record" in ended.stdout


def test_plan_says_what_would_happen_and_sends_nothing(desk: Desk) -> None:
    start = desk.starts()
    ended = desk.run("send", desk.conversation(start), "--plan")
    assert ended.returncode == 0
    assert "po_17 -> job 5101: done: an application was created" in ended.stdout
    assert desk.addresses() == []


def test_an_unknown_conversation_exits_1_and_says_so(desk: Desk) -> None:
    ended = desk.run("send", "cv_nowhere")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == "cv_nowhere: no conversation or conversation start of that id at cord\n"


def test_a_position_that_it_is_not_about_is_refused_with_those_that_it_is_about(desk: Desk) -> None:
    ended = desk.run("send", desk.conversation(desk.starts()), "--position", "po_19")
    assert ended.returncode == 1
    assert "it is about po_17" in ended.stderr


def test_an_unreachable_source_exits_69(desk: Desk) -> None:
    conversation = desk.conversation(desk.starts())
    desk.world.take_down("cord")
    assert desk.run("send", conversation).returncode == 69


def test_it_says_that_it_waits_for_another_process_s_batch(desk: Desk) -> None:
    start = desk.starts()
    stores = open_stores(f"sqlite:///{desk.folder / 'connector.db'}")
    with stores.locks.hold("harbourline", 0):
        process = desk.start("send", start)
        until = time.monotonic() + 20
        while "another process" not in (desk.folder / "err.log").read_text() and time.monotonic() < until:
            time.sleep(0.1)
    assert process.wait(30) == 0
    assert "another process is sending a batch" in (desk.folder / "err.log").read_text()
    stores.close()


def test_two_people_at_the_keyboard_send_once(desk: Desk) -> None:
    start = desk.starts()
    threads = [threading.Thread(target=desk.process, args=("send", start)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(desk.addresses()) == 1


def test_explain_finds_a_person_by_address_in_any_letter_case(desk: Desk) -> None:
    start = desk.starts()
    desk.run("sync")
    ended = desk.run("explain", address_of(desk, start).upper())
    assert ended.returncode == 0
    assert "done, application" in ended.stdout
    assert "planned: read from the source" in ended.stdout


def test_explain_says_why_somebody_is_not_there_and_what_moves_it(desk: Desk) -> None:
    start = desk.starts("po_19")
    desk.run("sync")
    ended = desk.run("explain", address_of(desk, start))
    assert "not in the ATS: the position is not linked to a job" in ended.stdout
    assert "what moves it: link it" in ended.stdout


def test_explain_s_json_has_the_fields_that_others_read(desk: Desk) -> None:
    start = desk.starts()
    desk.run("sync")
    match = desk.json("explain", start)["matches"][0]
    assert {"key", "kind", "state", "reason", "remote_id", "events"} <= set(match)
    assert match["key"].startswith("harbourline:application:")
    assert match["key"].endswith(":5101")
    assert [event["state"] for event in match["events"]] == ["planned", "attempting", "attempting", "done"]


def test_explain_of_nobody_exits_1_with_hints(desk: Desk) -> None:
    ended = desk.run("explain", "nobody@example.com")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "nobody of that address is known here (harbourline)" in ended.stderr


def test_explain_of_nobody_is_an_empty_document_in_json(desk: Desk) -> None:
    assert desk.json("explain", "cv_nowhere")["matches"] == []
