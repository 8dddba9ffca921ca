"""`sms inbox`, `thread` and `assign`: what came in, whose it is, and everything that was written before."""

from __future__ import annotations

from tests.cli.text_desk import ANA, BO, HELLO, OURS, TextDesk


def test_a_reply_is_in_the_inbox_with_its_application(texting: TextDesk) -> None:
    start = texting.applicant()
    texting.text(start)
    texting.replies("Yes please")
    (reply,) = texting.inbox()
    assert (reply["text"], reply["how"], reply["theirs"]) == ("Yes please", "last_messaged", "•••• 123")
    assert reply["application"] == texting.application(start)
    shown = texting.run("sms", "inbox")
    assert "Yes please" in shown.stdout
    assert ANA not in shown.stdout


def test_unread_ones_come_first_and_stay_so_until_they_are_marked(texting: TextDesk) -> None:
    texting.replies("first", ANA)
    texting.inbox("--mark-read")
    texting.replies("second", BO)
    assert [(r["text"], r["read_at"] is None) for r in texting.inbox()] == [("second", True), ("first", False)]
    texting.replies("third", ANA)
    assert [r["text"] for r in texting.inbox("--limit", "2")] == ["third", "second"]


def test_only_answers_to_one_of_the_team(texting: TextDesk) -> None:
    start, other = texting.applicant(ANA), texting.applicant(BO)
    texting.text(start, "--as", "sam")
    texting.text(other, "--as", "kim")
    texting.replies("to sam", ANA)
    texting.replies("to kim", BO)
    assert [r["text"] for r in texting.inbox("--as", "kim")] == ["to kim"]
    assert len(texting.inbox("--all")) == 2


def test_mine_are_those_of_the_login_name(texting: TextDesk) -> None:
    start, other = texting.applicant(ANA), texting.applicant(BO)
    texting.environ["LOGNAME"] = "sam"
    texting.text(start)
    texting.text(other, "--as", "kim")
    texting.replies("to sam", ANA)
    texting.replies("to kim", BO)
    assert [r["text"] for r in texting.inbox("--mine")] == ["to sam"]


def test_only_of_some_days(texting: TextDesk) -> None:
    texting.replies("today")
    (reply,) = texting.inbox()
    day = reply["at"][:10]
    assert len(texting.inbox("--since", day, "--until", day)) == 1
    assert texting.inbox("--until", "2026-01-01") == []
    assert texting.inbox("--since", "2099-01-01") == []


def test_a_thread_shows_both_ways_in_order_with_what_became_of_each(texting: TextDesk) -> None:
    start = texting.applicant()
    texting.text(start)
    texting.vendor.deliver_all()
    texting.replies("Sounds good")
    (thread,) = texting.json("sms", "thread", start)["threads"]
    assert [(m["direction"], m["text"]) for m in thread["messages"]] == [("out", HELLO), ("in", "Sounds good")]
    assert thread["numbers"] == ["•••• 123"]
    shown = texting.run("sms", "thread", start, "--full")
    assert shown.stdout.index(HELLO) < shown.stdout.index("Sounds good")
    assert ANA in shown.stdout


def test_a_thread_goes_over_all_applications_and_is_found_by_each_name(texting: TextDesk) -> None:
    start = texting.applicant(emails=["ana@example.com"])
    person = texting.world.cord.conversations[texting.conversation(start)].candidate_id
    other = texting.world.cord.start_conversation(person, "po_17")
    texting.run("sync")
    texting.text(start)
    texting.text(other)
    for who in ("ana@example.com", ANA):
        (thread,) = texting.json("sms", "thread", who)["threads"]
        assert len(thread["messages"]) == 2
    assert {a["start"] for a in thread["applications"]} >= {start}


def test_nobody_has_no_thread(texting: TextDesk) -> None:
    ended = texting.run("sms", "thread", BO)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "nothing here goes by that name" in ended.stderr


def test_a_shared_number_does_not_show_the_other_person_s_messages(texting: TextDesk) -> None:
    start, other = texting.applicant(ANA), texting.applicant(ANA)
    texting.text(start, text="for the first")
    texting.text(other, text="for the second")
    (thread,) = texting.json("sms", "thread", start)["threads"]
    assert [m["text"] for m in thread["messages"]] == ["for the first"]
    (both,) = texting.json("sms", "thread", ANA)["threads"]
    assert len(both["messages"]) == 2


def test_what_is_nobody_s_is_assigned_by_hand_and_copied_once(texting: TextDesk) -> None:
    start = texting.applicant(ANA)
    texting.replies("It is me, from my other phone", BO)
    (reply,) = texting.inbox("--unmatched")
    assert "sms assign" in texting.run("sms", "inbox").stderr
    assert texting.world.pinpoint.comments == []
    document = texting.json("sms", "assign", str(reply["id"]), texting.application(start), "--as", "sam")
    assert (document["message"]["how"], document["message"]["start"]) == ("by_hand", start)
    texting.run("sync")
    texting.run("sync")
    assert len(texting.world.pinpoint.comments) == 1
    assert texting.inbox("--unmatched") == []


def test_what_belongs_to_somebody_already_is_not_assigned(texting: TextDesk) -> None:
    start = texting.applicant(ANA)
    texting.text(start)
    texting.replies("Yes")
    (reply,) = texting.inbox()
    ended = texting.run("sms", "assign", str(reply["id"]), start)
    assert ended.returncode == 1
    assert "belongs to an application already" in ended.stderr


def test_assigning_to_nobody_or_nothing_is_refused(texting: TextDesk) -> None:
    start = texting.applicant(ANA)
    assert texting.run("sms", "assign", "99", start).returncode == 1
    ended = texting.run("sms", "assign", "1", "cv_nowhere")
    assert ended.returncode == 1
    assert "no application goes by that name" in ended.stderr


def test_several_applications_of_a_person_are_named_to_choose_from(texting: TextDesk) -> None:
    start = texting.applicant(emails=["ana@example.com"])
    person = texting.world.cord.conversations[texting.conversation(start)].candidate_id
    other = texting.world.cord.start_conversation(person, "po_19")
    texting.run("send", texting.conversation(other), "--job", "5102")
    texting.replies("who am I", BO)
    ended = texting.run("sms", "assign", "1", "ana@example.com")
    assert ended.returncode == 2
    assert start in ended.stderr
    assert other in ended.stderr


def test_nothing_that_steers_a_terminal_is_printed(texting: TextDesk) -> None:
    texting.replies("\x1b[31mred\x07\r\nline two\u202e", ANA)
    for command in (("sms", "inbox"), ("sms", "thread", ANA)):
        shown = texting.run(*command).stdout
        assert not [c for c in ("\x1b", "\x07", "\r", "\u202e") if c in shown]
    assert "line two" in shown


def test_the_thread_says_that_the_number_has_opted_out(texting: TextDesk) -> None:
    texting.text(texting.applicant())
    texting.replies("STOP")
    assert "has opted out" in texting.run("sms", "thread", ANA).stdout
    (thread,) = texting.json("sms", "thread", ANA)["threads"]
    assert thread["opted_out"] == ["•••• 123"]
    assert texting.json("sms", "thread", ANA, "--full")["threads"][0]["messages"][-1]["ours"] == OURS
