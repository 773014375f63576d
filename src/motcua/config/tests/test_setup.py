"""Set-up: a broken or outdated environment is never taken for done, and what is missing is named."""

import importlib.util
import subprocess
from pathlib import Path
from types import ModuleType

import pytest

from motcua.config.home import checkout

ROOT = checkout() or Path()


@pytest.fixture
def setup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script, at work in a small checkout of its own."""
    spec = importlib.util.spec_from_file_location(
        "setup_environment", ROOT / "scripts" / "setup_environment.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name in ("ENVIRONMENT", "ASIDE", "BEFORE", "CACHE", "ASSETS"):
        monkeypatch.setattr(module, name, tmp_path / getattr(module, name).relative_to(ROOT))
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "__file__", str(tmp_path / "setup_environment.py"))
    (tmp_path / "setup_environment.py").touch()
    (tmp_path / "pyproject.toml").write_text('[build-system]\nrequires = []\n[project]\nname = "x"\n')
    (tmp_path / "requirements").mkdir()
    for kind in ("run", "test"):
        (tmp_path / "requirements" / f"{kind}.txt").write_text(f"# {kind}\n")
    return module


def pretend_built(setup: ModuleType, kind: str) -> None:
    (setup.ENVIRONMENT / "bin").mkdir(parents=True, exist_ok=True)
    (setup.ENVIRONMENT / "bin" / "python").touch()
    (setup.ENVIRONMENT / "stamp").write_text(setup._digest_of_locks(kind))


def test_an_environment_built_from_these_locks_serves(setup: ModuleType) -> None:
    assert not setup.environment_serves("run")
    pretend_built(setup, "run")
    assert setup.environment_serves("run")
    assert not setup.environment_serves("test")


def test_an_environment_for_the_tests_serves_the_demonstration_too(setup: ModuleType) -> None:
    pretend_built(setup, "test")
    assert setup.environment_serves("run")


def test_a_changed_lock_makes_the_environment_outdated(setup: ModuleType, tmp_path: Path) -> None:
    pretend_built(setup, "run")
    (tmp_path / "requirements" / "run.txt").write_text("django==6\n")
    assert not setup.environment_serves("run")


def test_a_failed_build_leaves_the_environment_that_was(setup: ModuleType, tmp_path: Path) -> None:
    pretend_built(setup, "run")
    (tmp_path / "requirements" / "test.txt").write_text("no-such-package==1 --hash=sha256:" + "0" * 64 + "\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PIP_NO_INDEX", "1")
        patch.setenv("PIP_FIND_LINKS", str(tmp_path))
        with pytest.raises(setup.SetupError, match="pip failed"):
            setup.build_environment("test")
    assert setup.environment_serves("run")
    assert not setup.environment_serves("test")


def test_scripts_name_the_place_they_are_moved_to(setup: ModuleType) -> None:
    (setup.ASIDE / "bin").mkdir(parents=True)
    (setup.ASIDE / "pyvenv.cfg").touch()
    script = setup.ASIDE / "bin" / "tool"
    script.write_text(f"#!{setup.ASIDE}/bin/python\n")
    setup._move_scripts()
    assert script.read_text() == f"#!{setup.ENVIRONMENT}/bin/python\n"


def test_assets_are_built_again_when_a_source_changes(setup: ModuleType, tmp_path: Path) -> None:
    pretend_built(setup, "run")
    source = tmp_path / "src" / "motcua" / "shell" / "assets" / "theme.scss"
    source.parent.mkdir(parents=True)
    source.write_text("a {}")
    setup.ASSETS.mkdir(parents=True)
    (setup.ASSETS / "theme.css").touch()
    (setup.ENVIRONMENT / "assets-stamp").write_text(setup._digest_of_assets())
    assert setup.assets_are_built()
    source.write_text("b {}")
    assert not setup.assets_are_built()


def test_a_missing_package_is_named_with_the_command_that_installs_it(
    setup: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "deploy").mkdir()
    (tmp_path / "deploy" / "test-packages.txt").write_text("coreutils-of-the-moon\n")
    assert setup.main(["test", "--packages"]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert not (tmp_path / ".venv").exists()


def test_without_a_suitable_python_one_line_says_what_to_install(tmp_path: Path) -> None:
    for tool in ("sh", "dirname", "git", "cat"):
        (tmp_path / tool).symlink_to(
            next(p for p in (Path("/usr/bin") / tool, Path("/bin") / tool) if p.exists())
        )
    environment = {"PATH": str(tmp_path)}
    done = subprocess.run(
        [str(ROOT / "scripts" / "setup"), "run"], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "Python 3.11 or newer with venv is missing. Install it: apt-get install -y python3 python3-venv"
    ]
