"""The reference holds every public module."""

import importlib.util
import pkgutil
from pathlib import Path

import pytest

import ohmloom

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def hooks():
    spec = importlib.util.spec_from_file_location("docs_hooks", ROOT / "docs" / "hooks.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_public_module_stands_on_one_page(hooks):
    public = {"ohmloom"} | {
        module.name
        for module in pkgutil.walk_packages(ohmloom.__path__, "ohmloom.")
        if not any(part.startswith("_") for part in module.name.split("."))
    }
    listed = [name for page in hooks.pages() for name in hooks.modules(page)]
    assert len(listed) == len(set(listed))
    assert set(listed) == public


def test_every_page_shows_its_modules(hooks):
    for page in hooks.pages():
        text = hooks.text(page)
        for name in hooks.modules(page):
            assert f"::: {name}\n" in text


def test_the_pages_that_are_linked_exist(hooks):
    texts = "".join(path.read_text() for path in (ROOT / "docs").glob("*.md"))
    for page in hooks.pages():
        assert f"(reference/{page}.md)" in texts, f"docs/index.md does not link to {page}"
