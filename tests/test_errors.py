import builtins
import inspect

import pytest

from ohmloom import errors

ALL = [
    kind
    for _, kind in inspect.getmembers(errors, inspect.isclass)
    if issubclass(kind, errors.OhmloomError) and kind is not errors.OhmloomError
]


def test_there_are_errors_to_look_at():
    assert len(ALL) >= 8


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
def test_every_error_is_caught_as_ohmloom_error_and_as_the_built_in_it_refines(kind):
    built_in = [base for base in kind.__mro__ if base.__name__ in vars(builtins)]
    refined = [base for base in built_in if base not in {Exception, BaseException, object}]
    assert refined, f"{kind.__name__} refines no built-in error"
    for base in (errors.OhmloomError, *refined):
        with pytest.raises(base, match="asked for 3 uS"):
            raise kind("asked for 3 uS, found 2 uS")


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
def test_every_error_says_when_it_is_raised(kind):
    assert kind.__doc__
    assert kind.__doc__.strip() != errors.OhmloomError.__doc__


def test_a_warning_is_not_an_error():
    assert not issubclass(errors.ModelRangeWarning, errors.OhmloomError)
    assert issubclass(errors.ModelRangeWarning, UserWarning)
