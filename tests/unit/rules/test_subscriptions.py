"""What is to change so that the source calls us, once, with the newest secret."""

from __future__ import annotations

from connector.domain.callbacks import Subscription
from connector.rules.subscriptions import SubscriptionPlan, plan_subscriptions

ADDRESS = "https://connector.example/callbacks/harbourline/cord"
NEW, OLD = f"{ADDRESS}?secret=0a1b2c3d", f"{ADDRESS}?secret=4e5f6a7b"


def plan(*found: tuple[str, bool]) -> SubscriptionPlan:
    return plan_subscriptions([Subscription(f"wh_{n}", *each) for n, each in enumerate(found, 1)], NEW)


def test_where_nobody_calls_us_we_subscribe() -> None:
    assert SubscriptionPlan(subscribe=True) == plan()


def test_one_that_works_is_left_as_it_is() -> None:
    assert SubscriptionPlan(subscribe=False) == plan((NEW, True))


def test_one_that_was_given_up_is_replaced_and_then_removed() -> None:
    assert SubscriptionPlan(subscribe=True) == plan((NEW, False))
    assert SubscriptionPlan(subscribe=False, unsubscribe=("wh_1",)) == plan((NEW, False), (NEW, True))


def test_one_with_an_older_secret_goes_only_once_the_new_one_is_there() -> None:
    assert SubscriptionPlan(subscribe=True) == plan((OLD, True))
    assert SubscriptionPlan(subscribe=False, unsubscribe=("wh_1",)) == plan((OLD, True), (NEW, True))


def test_a_second_one_of_the_same_goes() -> None:
    assert SubscriptionPlan(subscribe=False, unsubscribe=("wh_2",)) == plan((NEW, True), (NEW, True))


def test_what_others_have_subscribed_is_left_alone() -> None:
    others = ((ADDRESS, True), (f"{ADDRESS}-two?secret=0a1b2c3d", True), ("https://elsewhere.example/x", True))
    assert SubscriptionPlan(subscribe=False) == plan(*others, (NEW, True))
