import inspect

from appliance import errors


def test_everything_raised_on_purpose_is_an_appliance_error() -> None:
    classes = [value for value in vars(errors).values() if inspect.isclass(value)]
    assert classes
    assert all(issubclass(one, errors.ApplianceError) for one in classes)


def test_the_tree_in_the_docstring_names_every_class() -> None:
    names = {name for name, value in vars(errors).items() if inspect.isclass(value)}
    assert errors.__doc__ is not None
    assert {name for name in names if name not in errors.__doc__} == set()
