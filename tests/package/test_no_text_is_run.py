"""The sources: no text is evaluated, unpickled or given to a shell, and the page marks only its own parts as safe."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("src", "agents", "evals", "generator", "graph", "tools", "ui")
FILES = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))
RUNS = {"eval", "exec", "compile", "__import__"}
SHELLS = {"system", "popen", "getoutput", "getstatusoutput", "create_subprocess_shell"}
READERS = {"pickle", "cPickle", "dill", "marshal", "shelve", "yaml"}


def faults(tree: ast.AST) -> list[str]:
    """What in a module could run text."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = node.func
            if isinstance(called, ast.Name) and called.id in RUNS | SHELLS:
                found.append(f"{called.id}() in line {node.lineno}")
            if isinstance(called, ast.Attribute) and called.attr in SHELLS:
                found.append(f".{called.attr}() in line {node.lineno}")
            for keyword in node.keywords:
                value = getattr(keyword.value, "value", None)
                if (keyword.arg == "shell" and value is not False) or (keyword.arg == "allow_pickle" and value):
                    found.append(f"{keyword.arg} in line {node.lineno}")
        names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        found += [f"import of {name} in line {node.lineno}" for name in names if name.split(".")[0] in READERS]
    return found


@pytest.mark.parametrize(
    "source",
    [
        "eval(x)",
        "import os; os.system(x)",
        "import subprocess as s; s.run(x, shell=True)",
        "from pickle import loads",
        "import numpy as np; np.load(x, allow_pickle=True)",
        "from os import popen; popen(x)",
    ],
)
def test_each_of_them_would_be_found(source: str) -> None:
    assert faults(ast.parse(source))


def test_no_source_runs_text() -> None:
    assert len(FILES) > 100
    bad = {
        str(path.relative_to(ROOT)): found for path in FILES if (found := faults(ast.parse(path.read_text("utf-8"))))
    }
    assert bad == {}


def test_only_the_page_s_own_style_and_script_are_safe() -> None:
    templates = sorted((ROOT / "tools" / "report").glob("*.j2"))
    marked = [m for path in templates for m in re.findall(r"(\w+)\s*\|\s*safe\b", path.read_text("utf-8"))]
    assert sorted(marked) == ["css", "javascript"]
    text = "".join(path.read_text("utf-8") for path in templates)
    assert "autoescape" not in text
    # An address or attribute without quotes would end at a blank inside the text.
    assert not re.findall(r"=\s*\{\{", re.sub(r'"[^"]*"', '""', re.sub(r"\{%.*?%\}", "", text)))
