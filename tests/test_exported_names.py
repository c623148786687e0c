"""The face of the package: ten names, each where it says, documented."""

import pytest

import cutline
from cutline import errors


def test_the_face_is_small_and_whole():
    assert len(cutline.__all__) == 10
    for name in cutline.__all__:
        thing = getattr(cutline, name)
        assert thing.__name__ == name
        assert thing.__doc__


def test_an_unknown_name_says_which_are_there():
    with pytest.raises(AttributeError, match="Workspace"):
        cutline.Magic  # noqa: B018


def test_the_error_tree_is_as_its_docstring_draws_it():
    drawn = [
        line.split()[0]
        for line in errors.__doc__.replace("│", " ").replace("├──", " ").replace("└──", " ").splitlines()
        if line.strip()
    ]
    classes = {
        name for name, thing in vars(errors).items() if isinstance(thing, type) and issubclass(thing, errors.CutlineError)
    }
    assert classes == {name for name in drawn if name.endswith("Error")}
