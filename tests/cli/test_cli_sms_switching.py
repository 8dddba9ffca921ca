"""`sms on`, `off`, `use`: one value of the file each; off stops everything that has not left."""

from __future__ import annotations

from tests.cli.text_desk import ANA, HELLO, TextDesk

LATER = ("--at", "2099-01-01")


def mapping(texting: TextDesk) -> str:
    return (texting.folder / "mappings" / "harbourline.yaml").read_text("utf-8")


def test_off_cancels_what_has_not_left_and_says_how_many(texting: TextDesk) -> None:
    texting.text(ANA, *LATER)
    texting.text(ANA, *LATER)
    ended = texting.run("sms", "off")
    assert ended.returncode == 0
    assert "2 messages cancelled; replies are still recorded" in ended.stdout
    assert "  # ours\n  enabled: false\n" in mapping(texting)
    (thread,) = texting.json("sms", "thread", ANA)["threads"]
    assert [m["delivery"] for m in thread["messages"]] == ["cancelled", "cancelled"]


def test_what_was_cancelled_is_not_sent_once_it_is_on_again(texting: TextDesk) -> None:
    texting.text(ANA, *LATER)
    texting.run("sms", "off")
    assert texting.run("sms", "on").returncode == 0
    texting.run("sync")
    assert texting.vendor.sent_messages == []
    assert texting.text(ANA)["message"]["state"] == "done"


def test_while_it_is_off_replies_are_recorded(texting: TextDesk) -> None:
    texting.text(texting.applicant())
    texting.run("sms", "off")
    texting.replies("still here")
    assert [r["text"] for r in texting.inbox()] == ["still here"]
    assert texting.text(ANA)["preview"]["refused"] == "sms_off"


def test_a_plan_writes_and_cancels_nothing(texting: TextDesk) -> None:
    before = mapping(texting)
    texting.text(ANA, *LATER)
    document = texting.json("sms", "off", "--plan")
    assert (document["queued"], document["cancelled"], document["planned"]) == (1, 0, True)
    assert document["lines"]
    assert mapping(texting) == before
    (thread,) = texting.json("sms", "thread", ANA)["threads"]
    assert thread["messages"][0]["delivery"] == "pending"


def test_twice_off_changes_the_file_once(texting: TextDesk) -> None:
    texting.run("sms", "off")
    ended = texting.run("sms", "off")
    assert "left as it is" in ended.stdout


def test_using_another_provider_stops_the_one_before_with_the_same_edit(texting: TextDesk) -> None:
    ended = texting.run("sms", "use", "clicksend")
    assert ended.returncode == 0, ended.stderr
    assert "twilio stops sending" in ended.stdout
    texting.text(ANA)
    assert texting.world.texting["twilio"].sent_messages == []
    assert [m.text for m in texting.world.texting["clicksend"].sent_messages] == [HELLO]
    assert texting.run("sms", "use", "twilio").returncode == 0
    texting.text(ANA, text="back again")
    assert [m.text for m in texting.world.texting["twilio"].sent_messages] == ["back again"]


def test_replies_of_the_provider_before_still_come(texting: TextDesk) -> None:
    texting.text(texting.applicant())
    texting.run("sms", "use", "clicksend")
    texting.replies("late answer")
    assert [r["text"] for r in texting.inbox()] == ["late answer"]


def test_a_provider_without_an_account_is_refused(texting: TextDesk) -> None:
    before = mapping(texting)
    ended = texting.run("sms", "use", "plivo")
    assert ended.returncode == 2
    assert "plivo has no account" in ended.stderr
    assert mapping(texting) == before


def test_where_routing_decides_nothing_is_switched(texting: TextDesk) -> None:
    texting.text_map(routing={"default": "twilio"})
    ended = texting.run("sms", "use", "clicksend")
    assert ended.returncode == 2
    assert "`routing`" in ended.stderr
