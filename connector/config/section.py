"""What every group of keys in a mapping file has in common."""

from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator


class Section(BaseModel):
    """A group of keys."""

    # Inputs are hidden because pydantic would print them, and some of them are secrets.
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)

    @model_validator(mode="before")
    @classmethod
    def _all_commented_out(cls, data: Any) -> Any:
        """A heading whose keys are all commented out reads as null, and means the defaults."""
        return {} if data is None else data
