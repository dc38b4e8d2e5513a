"""What all sections have in common."""

import pytest
from pydantic import BaseModel, ValidationError

from appliance.settings import RoleSettings, ServerSettings, Settings
from appliance.settings.section import Section

SECTIONS = {
    name: field.annotation
    for name, field in Settings.model_fields.items()
    if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)
}
ALL = SECTIONS | {"roles.NAME": RoleSettings}


def test_every_section_of_the_settings_is_a_section() -> None:
    assert set(ALL.values()) == set(Section.__subclasses__())


@pytest.mark.parametrize("name", ALL)
def test_every_key_has_a_sentence_that_explains_it(name: str) -> None:
    unexplained = {key: field.description for key, field in ALL[name].model_fields.items()}
    assert {key for key, said in unexplained.items() if not said or not said.endswith(".")} == set()


@pytest.mark.parametrize("name", SECTIONS)
def test_every_section_works_without_being_written(name: str) -> None:
    assert SECTIONS[name]() == getattr(Settings(), name)


def test_settings_stay_what_they_are() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        ServerSettings().port = 1
