"""Ermu's side of the comparisons: its own programs, and what they print."""

import csv
import json
import os
import re
import subprocess
import tempfile
import tomllib
from pathlib import Path

from environment import ROOT, Unavailable

RELEASE = ROOT / "target" / "release"
ERMU = RELEASE / "ermu"
CALLS_PER_CORE = RELEASE / "examples" / "calls_per_core"
# Recordings of people, where they are; otherwise the project's own synthetic ones.
SPEECH = Path(os.environ.get("ERMU_SHARED_DATA", ROOT.parent / "shared" / "data")) / "speech"
# Categories whose transcripts are complete.
CATEGORIES = {"zh_read", "zh_cmd", "zh_digits", "zh_tel_read", "zh_tel_cmd", "zh_tel_digits"}


def program(path: Path, command: str) -> str:
    """A program of ours; never built here, since that would be measured too."""
    if not path.exists():
        raise Unavailable(f"{path.relative_to(ROOT)} is not there: `{command}` builds it")
    return str(path)


def output(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=1_800)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command[:4])} failed:\n{done.stderr[-2_000:]}")
    return done.stdout


def utterances() -> tuple[str, list[dict]]:
    """What is listened to: the folder's name, and file, language and text of each."""
    if (SPEECH / "manifest.tsv").exists():
        with open(SPEECH / "manifest.tsv") as file:
            rows = [row for row in csv.DictReader(file, delimiter="\t") if row["category"] in CATEGORIES]
        return str(SPEECH), [
            {"file": str(SPEECH / row["file"]), "name": row["file"], "language": "zh", "text": row["transcript"]}
            for row in rows
        ]
    folder = ROOT / "audio-fixtures"
    fixtures = tomllib.loads((folder / "manifest.toml").read_text())["fixture"]
    return str(folder), [
        {"file": str(folder / f["file"]), "name": f["file"], "language": f["speech"]["language"], "text": f["speech"]["text"]}
        for f in fixtures
        if "speech" in f
    ]


def hear(wanted: list[dict]) -> tuple[dict, list[str]]:
    """Means over the utterances, and the words of each, by `ermu bench asr`."""
    ermu = program(ERMU, "cargo build --release")
    with tempfile.TemporaryDirectory() as folder:
        rows = ["file\tlang\ttranscript", *("\t".join((u["file"], u["language"], u["text"])) for u in wanted)]
        (Path(folder) / "manifest.tsv").write_text("\n".join(rows) + "\n")
        numbers = Path(folder) / "asr.json"
        listed = output([ermu, "bench", "asr", folder, "--names", "0", "--no-noise", "--list", "--json", str(numbers)])
        cost = json.loads(numbers.read_text())["cost"]
    # Each utterance is listed as its file, what is said, and what was heard: `Words { text: "…", … }` or `Nothing(…)`.
    lines = listed.splitlines()
    words = []
    for one in wanted:
        at = lines.index(one["file"])
        text = re.match(r'\s*Words \{ text: ("(?:[^"\\]|\\.)*")', lines[at + 2])
        words.append(json.loads(text[1]) if text else "")
    return {"cpu_s_an_utterance": cost["cpu_s_per_utterance"], "wall_s_an_utterance": seconds(cost["wall_s"])}, words


def seconds(distribution: dict | None) -> float | None:
    """The median of a distribution."""
    return distribution and distribution.get("p50")


def converse(scripts: list[str], latency: Path | None) -> dict:
    """CPU seconds a turn and latency of the scripts' calls, by `ermu bench latency`."""
    if latency:
        report = json.loads(latency.read_text())
        if sorted(report["scripts"]) != sorted(scripts):
            raise RuntimeError(f"{latency} is of other scripts than {', '.join(scripts)}")
    else:
        ermu = program(ERMU, "cargo build --release")
        with tempfile.NamedTemporaryFile(suffix=".json") as file:
            paths = [f"audio-fixtures/calls/{script}.toml" for script in scripts]
            output([ermu, "bench", "latency", "--json", file.name, *(word for path in paths for word in ("--script", path))])
            report = json.load(file)
    level = report["levels"][0]
    return {
        "cpu_s_a_turn": level["cpu_seconds_a_turn"],
        "real_time_factor": level["real_time_factor"],
        "voice_to_voice_ms_p50": (level["voice_to_voice_ms"] or {}).get("p50"),
        "turns": level["turns"],
        "unanswered": level["unanswered"],
    }


def media(size: list[str]) -> str:
    """The example `calls_per_core`, as JSON."""
    command = "cargo build --release -p ermu-media --example calls_per_core"
    return output([program(CALLS_PER_CORE, command), "--json", *size])
