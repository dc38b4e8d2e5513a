"""Makes a virtual environment that holds exactly pinned packages and the appliance itself.

``python scripts/environment.py VENV REQUIREMENTS``, run in the checkout. Does nothing when that has been done already.
Exit status 1, after one sentence, when it cannot be done. The appliance is not built: its directory is put on the path,
so that nothing but what is pinned with a hash is ever fetched.
"""

import fcntl
import hashlib
import os
import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
BASE: str = getattr(sys, "_base_executable", sys.executable)  # not the environment's own Python, if that runs this

# The first lines are sh and Python at once: a "#!" line cannot name an interpreter whose path has a space in it.
COMMAND = """#!/bin/sh
'''exec' "{python}" "$0" "$@"
' '''
import sys

from appliance.cli import main

sys.exit(main())
"""


def main(venv: Path, requirements: Path) -> int:
    """Makes ``venv`` hold what ``requirements`` says."""
    stamp = venv / f"{requirements.stem}.installed"
    wanted = _fingerprint(venv, requirements)
    if _is_current(venv, stamp, wanted):
        return 0
    with Path(f"{venv}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # let go by the system, however this process ends
        if _is_current(venv, stamp, wanted):  # another script was faster
            return 0
        _say(f"Installing {requirements} into {venv} (once; takes a minute) ...")
        stamp.unlink(missing_ok=True)
        _make(venv)
        _install(venv, requirements)
        _add_appliance(venv)
        _write(stamp, wanted)
    return 0


def _fingerprint(venv: Path, requirements: Path) -> str:
    """Changes with the pins, with this file, and when the checkout is moved."""
    digest = hashlib.sha256()
    for part in (requirements.read_bytes(), Path(__file__).read_bytes(), bytes(CHECKOUT), bytes(venv.absolute())):
        digest.update(hashlib.sha256(part).digest())
    return digest.hexdigest()


def _is_current(venv: Path, stamp: Path, wanted: str) -> bool:
    try:
        return stamp.read_text() == wanted and _runs(venv)
    except FileNotFoundError:
        return False


def _runs(venv: Path) -> bool:
    """False when its Python was removed, or replaced by an older one."""
    return _does(venv / "bin/python", "import sys; sys.exit(sys.version_info < (3, 11))")


def _make(venv: Path) -> None:
    # Debian keeps the wheels of pip in a package of their own: called, not only imported
    can_copy_pip = _does(Path(BASE), "import ensurepip; ensurepip.version()")
    if not _runs(venv):
        _run([BASE, "-m", "venv", "--clear", *([] if can_copy_pip else ["--without-pip"]), str(venv)])
    elif can_copy_pip and not _does(venv / "bin/python", "import pip.__main__"):  # an earlier run was interrupted here
        _run([BASE, "-m", "venv", str(venv)])


def _install(venv: Path, requirements: Path) -> None:
    """By the environment's own pip or, where there is nothing to copy one from, by the system's."""
    python = str(venv / "bin/python")
    if _does(Path(python), "import pip.__main__"):
        pip = [python, "-m", "pip"]
    elif _does(Path(BASE), "import pip.__main__"):
        pip = [BASE, "-m", "pip", "--python", python]
    else:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        sys.exit(
            f"{BASE} has neither ensurepip nor pip: install one (on Debian and Ubuntu: "
            f"apt-get install python{version}-venv) or name another Python by PYTHON."
        )
    # quiet: what went in is in the file; "no input": nobody may be there to answer
    # no dependencies: all of them are in the file, but for those that scripts/lock leaves out
    options = ["--quiet", "--no-input", "--disable-pip-version-check", "--require-hashes", "--no-deps"]
    _run([*pip, "install", *options, "--requirement", str(requirements)])


def _add_appliance(venv: Path) -> None:
    python = venv.absolute() / "bin/python"
    packages = next(venv.glob("lib/python*/site-packages"))
    _write(packages / "appliance-checkout.pth", f"{CHECKOUT}\n")
    command = venv / "bin/appliance"
    _write(command, COMMAND.format(python=python))
    command.chmod(0o755)


def _write(file: Path, text: str) -> None:
    """All or nothing: someone may be reading it."""
    new = file.with_name(f"{file.name}.{os.getpid()}")
    new.write_text(text, encoding="utf-8")
    new.replace(file)


def _does(python: Path, code: str) -> bool:
    try:
        return subprocess.run([python, "-c", code], check=False, capture_output=True).returncode == 0
    except OSError:
        return False


def _say(sentence: str) -> None:
    sys.stderr.write(f"{sentence}\n")
    sys.stderr.flush()


def _run(command: list[str]) -> None:
    # what it says goes to standard error: the caller's standard output is the appliance's
    done = subprocess.run(command, check=False, stdout=sys.stderr, stdin=subprocess.DEVNULL)
    if done.returncode:
        sys.exit(f"The environment could not be made: {' '.join(command)} ended with status {done.returncode}.")


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
