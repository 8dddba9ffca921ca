"""What only shows when values are held against each other; runs on raw data, so that it needs no valid file."""

import re
from collections.abc import Iterator
from typing import Any, get_args

from connector.config.credentials import Filled
from connector.config.problems import quoted
from connector.config.sms import Provider
from connector.config.syntax import Finding
from connector.config.tree import Loc, Tree

DIALLING_CODE = re.compile(r"\+[1-9][0-9]{0,6}")


def cross_check(tree: Tree) -> Iterator[Finding]:
    """Yields every contradiction inside one file."""
    if isinstance(tree.data, dict):
        yield from _repeated_positions(tree)
        sms = tree.data.get("sms")
        if isinstance(sms, dict):
            yield from _unusable_providers(tree, sms)
            yield from _wrong_dialling_codes(tree, sms)
            yield from _half_pairs(tree, sms)
            yield from _no_numbers(tree, sms)
            yield from _repeated_templates(tree, sms)


def _repeated_positions(tree: Tree) -> Iterator[Finding]:
    """A position linked twice: which job was meant cannot be guessed."""
    first: dict[str, Loc] = {}
    links = tree.data.get("positions")
    for index, link in enumerate(links if isinstance(links, tuple) else ()):
        position = link.get("position") if isinstance(link, dict) else None
        if not isinstance(position, str):
            continue
        loc: Loc = ("positions", index, "position")
        if position.strip() in first:
            line = tree.value_position(first[position.strip()])[0]
            yield Finding(
                tree.value_position(loc),
                f"position {quoted(position)} is linked twice, first on line {line}",
                "keep one of the two links",
            )
        first.setdefault(position.strip(), loc)


def _unusable_providers(tree: Tree, sms: dict[str, Any]) -> Iterator[Finding]:
    """A provider that is chosen but has no account, or none chosen at all."""
    accounts = sms.get("providers")
    written = [name for name, account in accounts.items() if account is not None] if isinstance(accounts, dict) else []
    routing = sms.get("routing")
    routes = routing if isinstance(routing, dict) else {}
    chosen: list[tuple[Loc, Any]] = [(("sms", "provider"), sms.get("provider"))]
    for code, names in routes.items():
        listed = enumerate(names) if isinstance(names, tuple) else ()
        chosen += [(("sms", "routing", code, index), name) for index, name in listed] or [
            (("sms", "routing", code), names)
        ]
    for loc, name in chosen:
        # a name that is none of ours is told as such, and once
        if name in get_args(Provider) and not isinstance(name, Filled) and name not in written:
            what = f"provider {quoted(name)} has no account"
            yield Finding(tree.value_position(loc), what, f"add {name}: under providers, or choose one that is there")
    if sms.get("provider") is None and sms.get("enabled") is not False:
        if not routes:
            yield Finding(tree.key_position(("sms",)), "no SMS provider is chosen", "add provider: twilio, or routing")
        elif "default" not in routes:
            yield Finding(
                tree.key_position(("sms", "routing")),
                "routing has no default for other dialling codes",
                "add default: twilio under it",
            )


def _wrong_dialling_codes(tree: Tree, sms: dict[str, Any]) -> Iterator[Finding]:
    routing = sms.get("routing")
    for code in routing if isinstance(routing, dict) else ():
        if code != "default" and not DIALLING_CODE.fullmatch(code):
            loc: Loc = ("sms", "routing", code)
            what = f"{quoted(code)} is not a dialling code"
            yield Finding(tree.key_position(loc), what, 'write + and digits in quotes, such as "+91", or default')


#: what is of no use alone
_PAIRS = (
    ("twilio", "api_key_sid", "api_key_secret"),
    ("twilio", "master_account_sid", "master_auth_token"),
)


def _half_pairs(tree: Tree, sms: dict[str, Any]) -> Iterator[Finding]:
    accounts = sms.get("providers")
    for provider, *pair in _PAIRS:
        account = accounts.get(provider) if isinstance(accounts, dict) else None
        there = [key for key in pair if isinstance(account, dict) and account.get(key) is not None]
        if len(there) == 1:
            (missing,) = set(pair) - set(there)
            loc: Loc = ("sms", "providers", provider, there[0])
            yield Finding(tree.key_position(loc), f"{there[0]} stands without {missing}", f"add {missing}: beside it")


def _no_numbers(tree: Tree, sms: dict[str, Any]) -> Iterator[Finding]:
    """An account without a number of its own is of use only to buy the first one through the master account."""
    accounts = sms.get("providers")
    account = accounts.get("twilio") if isinstance(accounts, dict) else None
    if isinstance(account, dict) and account.get("numbers") in (None, ()) and not account.get("master_account_sid"):
        loc: Loc = ("sms", "providers", "twilio", "numbers")
        yield Finding(tree.key_position(loc), "numbers is missing", 'add numbers: ["+442079460123"], your own numbers')


def _repeated_templates(tree: Tree, sms: dict[str, Any]) -> Iterator[Finding]:
    """Two texts of one name: which was meant cannot be guessed."""
    seen: set[str] = set()
    listed = sms.get("templates")
    for index, template in enumerate(listed if isinstance(listed, tuple) else ()):
        name = template.get("name") if isinstance(template, dict) else None
        if isinstance(name, str) and name in seen:
            loc: Loc = ("sms", "templates", index, "name")
            yield Finding(tree.value_position(loc), f"template {quoted(name)} is there twice", "give one another name")
        if isinstance(name, str):
            seen.add(name)
