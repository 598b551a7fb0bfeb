import pytest
from matplotlib.figure import Figure

from ohmloom.analysis.figure_file import FORMATS, figure_bytes, figure_format, save_figure
from ohmloom.errors import CannotWrite, InvalidInput

STARTS = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}


def drawing():
    figure = Figure(layout="constrained")
    figure.add_subplot().plot([0, 1], [1, 0])
    return figure


@pytest.mark.parametrize("kind", FORMATS)
def test_a_figure_is_saved_in_the_format_of_its_name_with_the_same_bytes_each_time(tmp_path, kind):
    for name in ("first", "second"):
        save_figure(drawing(), tmp_path / f"{name}.{kind}")
    first = (tmp_path / f"first.{kind}").read_bytes()
    assert first.startswith(STARTS[kind])
    assert (tmp_path / f"second.{kind}").read_bytes() == first
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize("name", ["loop", "loop.jpg", "loop.png.txt"])
def test_a_name_that_does_not_say_which_picture_is_refused(tmp_path, name):
    with pytest.raises(InvalidInput, match=r"end in \.png, \.svg, \.pdf"):
        save_figure(drawing(), tmp_path / name)
    with pytest.raises(InvalidInput, match="one of png, svg, pdf"):
        figure_bytes(drawing(), "jpg")
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_not_there_is_told(tmp_path):
    with pytest.raises(CannotWrite):
        save_figure(drawing(), tmp_path / "none" / "loop.png")
    assert figure_format(tmp_path / "LOOP.PNG") == "png"
