"""Checks values against the schemas of the contracts in `docs/contracts`."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator

_CONTRACTS = Path(__file__).parents[3] / "docs" / "contracts"


@cache
def _contract(platform: str) -> dict[str, Any]:
    return yaml.safe_load((_CONTRACTS / f"{platform}.openapi.yaml").read_text())


def faults(platform: str, schema: str, value: Any) -> list[str]:
    """Return what is wrong with the value; empty: it is what the contract says."""
    root = {"$ref": f"#/components/schemas/{schema}", "components": _contract(platform)["components"]}
    return [error.message for error in Draft202012Validator(root).iter_errors(value)]


def example(platform: str, name: str) -> Any:
    """Return an example of the contract."""
    return _contract(platform)["components"]["examples"][name]["value"]
