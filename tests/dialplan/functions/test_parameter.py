"""What a dialplan may say of a parameter."""

import pytest
from pydantic import ValidationError

from appliance.dialplan import Parameter


def test_only_texts_are_chosen_from_a_list() -> None:
    assert Parameter.model_validate({"enum": ["small", "large"]}).enum == ("small", "large")
    with pytest.raises(ValidationError, match="is a number with `enum`, expected a string"):
        Parameter.model_validate({"type": "number", "enum": ["1", "2"]})
