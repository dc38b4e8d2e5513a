"""A dialplan as it serves."""

from pathlib import Path

from appliance.dialplan import load_dialplans
from tests.dialplan.stories import ask


def test_a_loaded_dialplan_has_its_questions_compiled(tmp_path: Path) -> None:
    dialplan = ask(tmp_path, "digits: {length: 4}")
    assert (dialplan.id, dialplan.file, list(dialplan.expectations)) == ("story", tmp_path / "story.yaml", ["q"])


def test_the_apology_is_ready_before_anything_fails(tmp_path: Path) -> None:
    top = 'variables: {shop: Harper}\nfallback: {say: "[wav:sorry.wav] {{ shop }} is sorry."}'
    assert ask(tmp_path, "digits: {length: 4}", top).apology == "Harper is sorry."


def test_a_version_changes_with_all_that_a_dialplan_says_and_with_nothing_else(tmp_path: Path) -> None:
    shop = 'name: {name}\nnumbers: ["*"]\ninclude: _ends.yaml\ngreeting: {greeting}\n'
    folder = tmp_path / "tenants" / "harper"
    folder.mkdir(parents=True)
    file, ends, defaults = folder / "shop.yaml", folder / "_ends.yaml", tmp_path / "defaults.yaml"

    def version(greeting: str = "Hello.", farewell: str = "Bye.", tag: str = "a") -> str:
        file.write_text(shop.format(name="Shop", greeting=greeting), encoding="utf-8")
        ends.write_text(f"steps: {{end: {{hang_up: {farewell}}}}}\n", encoding="utf-8")
        defaults.write_text(f"tags: [{tag}]\n", encoding="utf-8")
        (found,) = load_dialplans(tmp_path).plans
        assert found.place == "tenants/harper/shop.yaml"
        return found.version

    first = version()
    others = [version("Good day."), version(farewell="Goodbye."), version(tag="b")]
    assert len({first, *others}) == 4
    assert version() == first
    file.write_text(f"# A note.\n{file.read_text(encoding='utf-8')}", encoding="utf-8")
    assert load_dialplans(tmp_path).plans[0].version == first
    assert len(first) == 12
