"""What the README shows is true."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def test_the_python_example_runs_and_keeps_its_accuracy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    network, _ = python_blocks()
    monkeypatch.chdir(tmp_path)
    exec(compile(network, "README.md", "exec"), {})
    programmed, accuracy = capsys.readouterr().out.splitlines()
    assert "never arrived" in programmed
    assert float(accuracy) > 0.95
    assert (tmp_path / "records" / "chip-7" / "record.json").is_file()


@pytest.mark.spice
def test_the_neuron_of_the_readme_spikes_slower_at_the_slow_corner(
    capsys: pytest.CaptureFixture[str],
) -> None:
    _, neuron = python_blocks()
    exec(compile(neuron, "README.md", "exec"), {})
    typical, slow = (
        float(each) for each in re.findall(r"'rate': ([\d.]+)", capsys.readouterr().out)
    )
    assert typical == pytest.approx(34.1, abs=0.2)
    assert 0.0 <= slow < typical


def python_blocks() -> list[str]:
    return re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)


def test_every_file_that_the_readme_points_to_is_there() -> None:
    targets = re.findall(r"\]\(([^)#]+)\)", (ROOT / "README.md").read_text())
    assert targets
    for target in targets:
        assert (ROOT / target).exists(), target
