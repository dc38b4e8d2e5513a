"""What all sections have in common."""

import pytest
from pydantic import BaseModel, ValidationError

from appliance.settings import RoleSettings, ServerSettings, Settings
from appliance.settings.named_engines import kinds
from appliance.settings.section import Section, as_list

SECTIONS = {
    name: field.annotation
    for name, field in Settings.model_fields.items()
    if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)
}
ALL = SECTIONS | {"roles.NAME": RoleSettings} | {f"engines.NAME of {kind}": model for kind, model in kinds().items()}


def test_every_section_of_the_settings_is_a_section() -> None:
    assert {name for name, model in ALL.items() if not issubclass(model, Section)} == set()


def test_one_text_is_a_list_of_it_and_the_environment_writes_lists_as_the_file_does() -> None:
    assert (as_list("one"), as_list('["one", "two"]'), as_list(("one",))) == (["one"], ["one", "two"], ("one",))
    with pytest.raises(ValueError, match="expected a list such as"):
        as_list("[one")


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
