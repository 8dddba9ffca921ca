"""The account at the ClickSend simulator, and what goes wrong with any call, with the vendor's own client as judge."""

import json

import clicksend as vendor
import httpx2 as httpx
import pytest
from clicksend.exceptions import ApiException

from connector.sandbox.clicksend.simulator import RATE, ClickSend
from connector.sandbox.pinpoint.limiter import SlidingWindows
from connector.sandbox.world import World
from tests.sandbox.clicksend_stage import ABROAD, ANA, OURS, sdk, send
from tests.sandbox.clicksend_stage import clicksend as clicksend
from tests.sandbox.clicksend_stage import raw as raw
from tests.sandbox.clicksend_stage import sms as sms
from tests.sandbox.clicksend_stage import world as world

# --- the account


def test_vendors_client_reads_the_account_and_its_money(clicksend: ClickSend, sms: vendor.SmsApi) -> None:
    send(sms)
    account = vendor.ManagementApi(sdk(clicksend)).view_account_details().data
    assert (account.username, account.balance, account.active) == (clicksend.username, "19.920800", 1)
    assert account.currency.currency_name_short == "GBP"


def test_account_holds_the_key(clicksend: ClickSend, raw: httpx.Client) -> None:
    assert raw.get("/account").json()["data"]["_subaccount"]["api_key"] == clicksend.api_key


def test_vendors_client_reads_the_numbers_without_shared_ones(clicksend: ClickSend, sms: vendor.SmsApi) -> None:
    send(sms, ABROAD)
    numbers = vendor.NumbersApi(sdk(clicksend)).view_your_numbers().data
    assert [(each.dedicated_number, each.country, each.type) for each in numbers.data] == [(OURS, "GB", "sms")]


# --- errors of every call


def test_wrong_key_is_401_with_the_observed_body(clicksend: ClickSend) -> None:
    with pytest.raises(ApiException) as caught:
        vendor.SmsApi(sdk(clicksend, "wrong")).view_inbound_sms()
    assert caught.value.status == 401
    assert json.loads(caught.value.body) == {
        "http_code": 401,
        "response_code": "UNAUTHORIZED",
        "response_msg": "Authorization failed.",
        "data": None,
    }


def test_limit_counts_for_each_path(raw: httpx.Client, clicksend: ClickSend) -> None:
    clicksend.limiter = SlidingWindows(RATE)
    answers = [raw.get("/account") for _ in range(21)]
    assert [answer.status_code for answer in answers] == [200] * 20 + [429]
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 60
    assert answers[-1].json()["response_code"] == "HTTP_TOO_MANY_REQUESTS"
    assert raw.get("/sms/inbound").status_code == 200


def test_unknown_path_is_404(raw: httpx.Client) -> None:
    assert raw.get("/sms/nothing/here").status_code == 404
    assert raw.delete("/sms/inbound").status_code == 404


# --- faults and the log


def test_lost_answer_leaves_the_message_with_the_vendor(world: World, clicksend: ClickSend, sms: vendor.SmsApi) -> None:
    world.faults.add("error_after", platform="clicksend", path="/send")
    with pytest.raises(ApiException) as caught:
        send(sms, custom_string="m_9")
    assert caught.value.status == 500
    assert json.loads(caught.value.body)["http_code"] == 500
    (row,) = sms.view_sms_history(q=f"to:{ANA}").data.data
    assert row.custom_string == "m_9"
    assert [(call.path, call.fault) for call in world.calls_to("clicksend")] == [
        ("/v3/sms/send", "error_after"),
        ("/v3/sms/history", None),
    ]


def test_description_holds_no_secret(world: World, clicksend: ClickSend) -> None:
    text = str(world.describe())
    assert "clicksend" in text
    assert clicksend.api_key not in text
