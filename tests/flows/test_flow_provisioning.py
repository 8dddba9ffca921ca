"""Buying a number: an intent first, and whatever happens in between, no second one for the same wish."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from connector.domain.actions import Kind
from connector.domain.provisioning import Shop
from connector.flows.provisioning import PROVEN_AFTER_S, NotForSale, offer, provision
from connector.store.purchases import PurchaseStore
from tests.flows.scene import Killed
from tests.flows.text_scene import TextScene


class DyingShop:
    """A master account whose buyer dies at a write, before or after it went through."""

    def __init__(self, shop: Shop, method: str, *, after: bool) -> None:
        self._shop, self._method, self._after = shop, method, after

    def __getattr__(self, name: str) -> Any:
        inner = getattr(self._shop, name)
        if name != self._method:
            return inner

        def dies(*args: Any) -> Any:
            if self._after:
                inner(*args)
            raise Killed

        return dies


def shop_of(texts: TextScene) -> Shop:
    shop: Shop = texts.company.providers["twilio"].provisioning  # type: ignore[attr-defined]
    return shop


def buy(texts: TextScene, shop: Shop | None = None) -> None:
    purchases, door = PurchaseStore(texts.stores.database), shop or shop_of(texts)
    provision(texts.company, door, purchases, offer(texts.company, door, purchases, "GB"), "")


def there(texts: TextScene) -> tuple[int, int]:
    """Return how many sub-accounts there are, and how many numbers they hold."""
    main = texts.twilio.account
    numbers = [own for own in texts.twilio.own_numbers.values() if own.extra["account_sid"] != main]
    return len(texts.twilio.accounts) - 1, len(numbers)


def later(texts: TextScene) -> None:
    texts.pass_time(PROVEN_AFTER_S + 1)


def test_a_sub_account_is_made_once_and_found_again(texts: TextScene) -> None:
    buy(texts)
    buy(texts)
    assert there(texts) == (1, 2)


@pytest.mark.parametrize("method", ["create_sub_account", "buy_number"])
def test_a_process_that_dies_after_the_write_has_bought_it(method: str, texts: TextScene) -> None:
    with pytest.raises(Killed):
        buy(texts, DyingShop(shop_of(texts), method, after=True))  # type: ignore[arg-type]
    before = there(texts)
    offer(texts.company, shop_of(texts), PurchaseStore(texts.stores.database), "GB")
    assert texts.stand(Kind.PURCHASE)[-1] == ("done", "bought")
    assert there(texts) == before


@pytest.mark.parametrize("method", ["create_sub_account", "buy_number"])
def test_one_that_dies_before_the_write_is_sure_of_nothing_for_a_while(method: str, texts: TextScene) -> None:
    with pytest.raises(Killed):
        buy(texts, DyingShop(shop_of(texts), method, after=False))  # type: ignore[arg-type]
    before = there(texts)
    with pytest.raises(NotForSale, match="run the command again in"):
        buy(texts)
    assert there(texts) == before
    later(texts)
    buy(texts)
    assert there(texts) == (1, 1)
    assert ("closed", "not_bought") in texts.stand(Kind.PURCHASE)


def test_an_open_purchase_is_nothing_that_other_runs_take_up(texts: TextScene) -> None:
    with pytest.raises(Killed):
        buy(texts, DyingShop(shop_of(texts), "buy_number", after=True))  # type: ignore[arg-type]
    texts.sync()
    texts.both(2)
    assert texts.stand(Kind.PURCHASE)[-1] == ("attempting", "buy")
    assert not texts.company.actions.any_due(texts.company.name, texts.company.clock.now() + timedelta(days=400))


@pytest.mark.parametrize("country", ["AU", "FR", ""])
def test_elsewhere_nothing_is_asked_for(country: str, texts: TextScene) -> None:
    texts.world.clear_calls()
    with pytest.raises(NotForSale, match="GB and US only"):
        offer(texts.company, shop_of(texts), PurchaseStore(texts.stores.database), country)
    assert texts.world.calls_to("twilio") == []


def test_another_company_s_doubts_are_its_own(make_text_scene: Callable[..., TextScene]) -> None:
    texts = make_text_scene()
    with pytest.raises(Killed):
        buy(texts, DyingShop(shop_of(texts), "buy_number", after=False))  # type: ignore[arg-type]
    texts.company = replace(texts.company, name="otherwise")
    buy(texts)
    assert there(texts) == (2, 1)
