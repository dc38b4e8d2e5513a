from appliance.redaction import Redactor

CARD = "4111 1111 1111 1111"


def test_an_empty_redactor_leaves_everything_as_it_is() -> None:
    data = {"card": CARD}
    assert Redactor().is_empty
    assert Redactor().mask(CARD) == CARD
    assert Redactor().mask_data(data) == data


def test_kinds_are_masked_only_where_they_are_asked_for() -> None:
    text = f"{CARD} or 123456 or a@example.com"
    assert Redactor(["card"]).mask(text) == "[card] or 123456 or a@example.com"
    assert Redactor(["digits"]).mask(text) == "[number] or [number] or a@example.com"
    assert Redactor(["email"]).mask(text) == f"{CARD} or 123456 or [email]"


def test_a_run_that_began_in_what_was_said_before_is_masked() -> None:
    redactor = Redactor(["digits"])
    assert redactor.mask("4711 is it", "my number is 4711") == "[number] is it"
    assert redactor.mask("4711 is it", "my number is 4711 and") == "4711 is it"


def test_values_under_sensitive_names_are_replaced_whole_and_the_rest_is_masked() -> None:
    redactor = Redactor(["card"], fields=["pin"])
    assert redactor.mask_data({"pin": {"a": [1]}, "note": [CARD, 5, None, True], "in": {"pin": "1"}}) == {
        "pin": "[pin]",
        "note": ["[card]", 5, None, True],
        "in": {"pin": "[pin]"},
    }
