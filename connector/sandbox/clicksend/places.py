"""Countries by dialling code, as far as the simulator needs them."""

#: Dialling code to the country that ClickSend names; the United States stand for all of +1.
COUNTRIES = {"+1": "US", "+33": "FR", "+44": "GB", "+49": "DE", "+61": "AU", "+64": "NZ", "+91": "IN", "+353": "IE"}

#: Countries whose people cannot be texted from a shared number.
WITHOUT_SHARED = frozenset({"US", "CA"})


def dialling_code(number: str) -> str:
    """The dialling code of an E.164 number; an unlisted one is taken to have two digits."""
    return next((code for code in sorted(COUNTRIES, key=len, reverse=True) if number.startswith(code)), number[:3])


def country_of(number: str) -> str:
    """The country of a number, `XX` when it is not listed."""
    return COUNTRIES.get(dialling_code(number), "XX")
