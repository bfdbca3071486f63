"""The package list, the wheel, and the direction of imports."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("graph", "agents", "tools", "generator", "ui", "evals")
# A room may import those to its right of its own entry, and the shared vocabulary.
ALLOWED = {
    "ui": {"graph", "agents", "generator", "tools"},
    "evals": {"graph", "agents", "generator", "tools"},
    "graph": {"agents", "generator", "tools"},
    "agents": {"tools"},
    "generator": {"tools"},
    "tools": set(),
}
CLI = {
    "cli", "cli_bench", "cli_dataset", "cli_dataset_build", "cli_dataset_captions", "cli_eval", "cli_models",
    "cli_models_check", "cli_progress", "cli_review", "cli_sounds", "cli_trace", "cli_ui",
}  # fmt: skip


def packages_on_disk() -> set[str]:
    found = {"foleydesigner"}
    for room in ROOMS:
        for init in (ROOT / room).rglob("__init__.py"):
            found.add(".".join(("foleydesigner", *init.parent.relative_to(ROOT).parts)))
    return found


def project() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def test_every_package_folder_is_listed() -> None:
    listed = project()["tool"]["setuptools"]["packages"]
    assert sorted(listed) == sorted(packages_on_disk())
    assert len(listed) == len(set(listed))


def test_no_module_lies_outside_a_package() -> None:
    for room in ROOMS:
        for module in (ROOT / room).rglob("*.py"):
            assert (module.parent / "__init__.py").is_file(), module


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def rooms_imported(path: Path) -> set[str]:
    parts = [name.split(".") for name in imported(path) if name.startswith("foleydesigner.")]
    return {part[1] for part in parts if part[1] in ROOMS}


def test_arrows_only_point_down() -> None:
    wrong = []
    for room in ROOMS:
        for module in (ROOT / room).rglob("*.py"):
            above = rooms_imported(module) - ALLOWED[room] - {room}
            if above:
                wrong.append(f"{module.relative_to(ROOT)} imports {sorted(above)}")
    for module in (ROOT / "src" / "foleydesigner").glob("*.py"):
        above = rooms_imported(module)
        if above and module.stem not in CLI:
            wrong.append(f"{module.name} (shared vocabulary) imports {sorted(above)}")
    assert not wrong, "\n".join(wrong)


def test_rooms_are_never_imported_by_their_bare_names() -> None:
    for folder in (*ROOMS, "src", "tests"):
        for module in (ROOT / folder).rglob("*.py"):
            bare = {name.split(".")[0] for name in imported(module)} & set(ROOMS)
            assert not bare, f"{module} imports {bare} without foleydesigner"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    place = tmp_path_factory.mktemp("wheel")
    source = place / "source"
    ignore = shutil.ignore_patterns(".git", ".venv", ".uv", "build", "*.egg-info", "__pycache__", ".*_cache")
    shutil.copytree(ROOT, source, ignore=ignore)
    # No isolation: the backend is a development dependency, and tests reach no network.
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(place), str(source)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return zipfile.ZipFile(next(place.glob("*.whl")))


def test_the_wheel_holds_every_module_and_data_file(wheel: zipfile.ZipFile) -> None:
    inside = {name for name in wheel.namelist() if name.startswith("foleydesigner/")}
    expected = {f"foleydesigner/{p.name}" for p in (ROOT / "src" / "foleydesigner").iterdir() if p.is_file()}
    for room in ROOMS:
        for path in (ROOT / room).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                expected.add(f"foleydesigner/{path.relative_to(ROOT).as_posix()}")
    assert expected - inside == set()
    assert any(name.endswith(".md") for name in inside), "the prompts are missing"


def test_nothing_bare_lands_in_site_packages(wheel: zipfile.ZipFile) -> None:
    tops = {name.split("/")[0] for name in wheel.namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"foleydesigner"}


def test_the_core_does_not_ask_for_torch() -> None:
    names = {d.split(">")[0].split("=")[0].split("[")[0].strip() for d in project()["project"]["dependencies"]}
    assert not names & {"torch", "torchaudio", "transformers", "stable-audio-tools", "sentence-transformers"}
