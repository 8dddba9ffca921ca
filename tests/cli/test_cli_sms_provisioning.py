"""`sms provision`: a number through the master account, with intents that outlive a lost answer. Simulated only."""

from __future__ import annotations

import stat
from typing import Any

import pytest

from connector.sandbox.world import World
from tests.cli.text_desk import TextDesk


@pytest.fixture
def master(texting: TextDesk) -> TextDesk:
    return with_master(texting)


def with_master(texting: TextDesk) -> TextDesk:
    names = {"master_account_sid": "${TWILIO_ACCOUNT_SID}", "master_auth_token": "${TWILIO_AUTH_TOKEN}"}
    texting.text_map(accounts={"twilio": names})
    return texting


def twilio(texting: TextDesk) -> Any:
    return texting.world.texting["twilio"]


def bought(texting: TextDesk) -> list[str]:
    """Return the numbers of sub-accounts."""
    main = twilio(texting).account
    return [n.number for n in twilio(texting).own_numbers.values() if n.extra["account_sid"] != main]


def sub_accounts(texting: TextDesk) -> list[Any]:
    return [account for account in twilio(texting).accounts.values() if account.sid != twilio(texting).account]


def purchases(texting: TextDesk) -> list[tuple[str, str]]:
    lines = texting.json("history", "--kind", "purchase")["history"]
    return [(line["state"], line["reason"]) for line in lines]


def test_without_a_master_account_it_says_what_is_needed(texting: TextDesk) -> None:
    ended = texting.run("sms", "provision", "--country", "GB", "--yes")
    assert ended.returncode == 78
    assert "master_account_sid and master_auth_token" in ended.stderr


@pytest.mark.parametrize("country", ["AU", "IN", "nowhere"])
def test_other_countries_are_refused(country: str, master: TextDesk) -> None:
    ended = master.run("sms", "provision", "--country", country, "--yes")
    assert ended.returncode == 1
    assert "GB and US only" in ended.stderr
    assert sub_accounts(master) == []


def test_it_shows_the_price_and_asks(master: TextDesk) -> None:
    ended = master.run("sms", "provision", "--country", "gb")
    assert ended.returncode == 2
    assert "a month" in ended.stderr
    assert "UK business details" in ended.stderr
    assert "nothing was bought" in ended.stderr
    assert (sub_accounts(master), bought(master)) == ([], [])


def test_a_plan_buys_nothing(master: TextDesk) -> None:
    document = master.json("sms", "provision", "--country", "US", "--plan")
    assert document["bought"] is None
    assert document["offer"]["price"]
    assert bought(master) == []


def test_it_makes_a_sub_account_and_buys_a_number_for_it(master: TextDesk) -> None:
    document = master.json("sms", "provision", "--country", "GB", "--yes", CONNECTOR_PUBLIC_URL="", CONNECTOR_LISTEN="")
    (account,) = sub_accounts(master)
    assert document["bought"] == {"account": account.sid, "number": bought(master)[0]}
    assert document["bought"]["number"].startswith("+44")
    assert purchases(master) == [("done", "bought"), ("attempting", "buy")] * 2


def test_its_replies_are_called_in_where_vendors_can_call(master: TextDesk) -> None:
    urls = {"CONNECTOR_PUBLIC_URL": "https://connector.example.com", "CONNECTOR_LISTEN": "127.0.0.1:0"}
    assert master.run("sms", "provision", "--country", "GB", "--yes", **urls).returncode == 0
    (number,) = bought(master)
    address = twilio(master).own_numbers[number].inbound_url
    assert address == "https://connector.example.com/callbacks/harbourline/twilio/inbound#rc=5&rp=all"


def test_the_token_goes_into_a_file_that_nobody_else_reads_and_nowhere_else(master: TextDesk) -> None:
    file = master.folder / "token"
    ended = master.run("sms", "provision", "--country", "GB", "--yes", "--token-file", str(file))
    (account,) = sub_accounts(master)
    assert file.read_text("utf-8") == account.auth_token
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert account.auth_token not in ended.stdout + ended.stderr
    assert master.run("sms", "provision", "--country", "GB", "--yes", "--token-file", str(file)).returncode == 2


def test_a_second_one_goes_into_the_same_account_and_says_what_it_holds(master: TextDesk) -> None:
    master.run("sms", "provision", "--country", "GB", "--yes")
    (first,) = bought(master)
    again = master.run("sms", "provision", "--country", "GB", "--yes")
    assert f"it holds {first} already" in again.stderr
    assert (len(sub_accounts(master)), len(bought(master))) == (1, 2)


@pytest.mark.parametrize("path", [r"/Accounts\.json", "/IncomingPhoneNumbers"])
def test_a_lost_answer_is_looked_up_before_anything_else_is_bought(path: str, master: TextDesk) -> None:
    master.world.faults.add("error_after", platform="twilio", method="POST", path=path)
    ended = master.run("sms", "provision", "--country", "GB", "--yes")
    assert ended.returncode == 75
    accounts, numbers = len(sub_accounts(master)), len(bought(master))
    assert purchases(master)[0] == ("unknown", "outcome_unknown")
    # the doubt is settled by what is there; nothing is made or bought a second time for it
    assert master.run("sms", "provision", "--country", "GB", "--plan").returncode == 0
    assert purchases(master)[0] == ("done", "bought")
    assert (len(sub_accounts(master)), len(bought(master))) == (accounts, numbers)


def test_a_purchase_that_surely_failed_is_closed_with_the_vendor_s_words(master: TextDesk) -> None:
    twilio(master).needs_bundle.add("GB")
    ended = master.run("sms", "provision", "--country", "GB", "--yes")
    assert ended.returncode == 1
    assert "21649" in ended.stderr or "bundle" in ended.stderr.lower()
    assert purchases(master)[0] == ("closed", "not_bought")
    assert bought(master) == []


def test_a_lost_request_of_which_nothing_is_seen_waits_before_it_is_called_lost(master: TextDesk) -> None:
    master.world.faults.add("error_before", platform="twilio", method="POST", path=r"/Accounts\.json")
    assert master.run("sms", "provision", "--country", "GB", "--yes").returncode == 75
    ended = master.run("sms", "provision", "--country", "GB", "--yes")
    assert ended.returncode == 1
    assert "run the command again in" in ended.stderr
    assert sub_accounts(master) == []


def test_retry_never_buys(master: TextDesk) -> None:
    master.world.faults.add("error_after", platform="twilio", method="POST", path="/IncomingPhoneNumbers")
    master.run("sms", "provision", "--country", "GB", "--yes")
    number = len(bought(master))
    assert master.json("retry")["ids"] == []
    master.run("sync")
    assert len(bought(master)) == number


def test_a_world_without_twilio_has_no_master_account(tmp_path: Any) -> None:
    with World(limits=None, texting=("clicksend",)) as world:
        ended = TextDesk(world, tmp_path).run("sms", "provision", "--country", "GB", "--yes")
    assert ended.returncode == 78


def test_the_first_number_is_bought_before_there_is_one_in_the_mapping(texting: TextDesk) -> None:
    names = {"master_account_sid": "${TWILIO_ACCOUNT_SID}", "master_auth_token": "${TWILIO_AUTH_TOKEN}"}
    texting.text_map(accounts={"twilio": {**names, "numbers": []}})
    assert texting.text("+447700900123")["preview"]["refused"] == "no_sending_number"
    assert "sms provision" in texting.run("check").stdout
    assert texting.run("sms", "provision", "--country", "GB", "--yes").returncode == 0
    assert len(bought(texting)) == 1


def test_without_a_master_account_a_number_is_asked_for(texting: TextDesk) -> None:
    texting.text_map(accounts={"twilio": {"numbers": []}})
    ended = texting.run("status")
    assert ended.returncode == 78
    assert "numbers is missing" in ended.stderr
