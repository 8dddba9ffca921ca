"""What is to change at a source so that it calls us, once, with the newest secret."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from connector.domain.callbacks import Subscription

#: an address of ours is `<address>?secret=<fingerprint>`
MARK = "?secret="


@dataclass(frozen=True)
class SubscriptionPlan:
    """What is to be written."""

    #: nobody calls the address with the newest secret yet
    subscribe: bool
    #: ids of our own subscriptions that are not needed any more
    unsubscribe: tuple[str, ...] = ()


def plan_subscriptions(found: Iterable[Subscription], url: str) -> SubscriptionPlan:
    """Compare what there is with the one address that is to be called; others' addresses are left alone.

    What is outdated goes only once the new one is there: the receiver takes both secrets meanwhile.
    """
    ours = [each for each in found if each.url.startswith(url.partition(MARK)[0] + MARK)]
    good = next((each for each in ours if each.url == url and each.is_active), None)
    if good is None:
        return SubscriptionPlan(subscribe=True)
    return SubscriptionPlan(subscribe=False, unsubscribe=tuple(each.id for each in ours if each is not good))
