#!/usr/bin/env python3
"""Measures Ermu against its peers, in one run, on the same recordings, with the same weights.

    python3 benches/peers/run.py --json target/peers.json

`--only hearing`, `conversation` or `media` runs one of the three. Exit code 0: measured; 77: skipped, because the peers
could not be installed (the JSON file says why); 1: something broke.
"""

import argparse
import json
import statistics
import subprocess
import sys
from pathlib import Path

import environment
import ours
from cpu import machine
from environment import ROOT, Unavailable
from scoring import distance, units

SKIPPED = 77


def hearing(options: argparse.Namespace) -> dict:
    """faster-whisper (CTranslate2, 8 bits) against Ermu's transcriber: CPU seconds an utterance, and errors."""
    name, utterances = ours.utterances()
    # Evenly spread over the categories.
    utterances = utterances[:: max(1, len(utterances) // options.utterances) if options.utterances else 1]
    job = {
        "model": str(environment.WHISPER),
        "utterances": [{"file": u["file"], "language": u["language"]} for u in utterances],
    }
    own, own_words = ours.hear(utterances)
    peer = json.loads(environment.run("hear.py", job=json.dumps(job)))
    own["error_rate"] = error_rate(own_words, utterances)
    report = {"recordings": name, "utterances": len(utterances), "ermu": own, "faster_whisper": {}}
    for way, results in peer.items():
        cpu_s = statistics.fmean(result["cpu_s"] for result in results)
        errors = error_rate([result["words"] for result in results], utterances)
        report["faster_whisper"][way] = {
            "cpu_s_an_utterance": cpu_s,
            "wall_s_an_utterance": statistics.median(result["wall_s"] for result in results),
            "error_rate": errors,
            "ratio": own["cpu_s_an_utterance"] / cpu_s,
            "ermu_errs_no_more": own["error_rate"] <= errors,
        }
    # Its own ways of running, without the patched ones; the bar is held against the cheapest and against the most exact.
    stock = {way: numbers for way, numbers in report["faster_whisper"].items() if "patched" not in way}
    report["against"] = min(stock, key=lambda way: stock[way]["cpu_s_an_utterance"])
    report["ratio"] = stock[report["against"]]["ratio"]
    report["error_rate"] = own["error_rate"]
    report["peer_error_rate"] = min(numbers["error_rate"] for numbers in stock.values())
    report["heard"] = [
        {"file": Path(u["file"]).name, "said": u["text"], "ermu": own_words[n], **{way: peer[way][n]["words"] for way in peer}}
        for n, u in enumerate(utterances)
    ]
    return report


def error_rate(words: list[str], utterances: list[dict]) -> float:
    """Errors in 0..1 of all characters that were said."""
    errors = wanted = 0
    for heard, utterance in zip(words, utterances):
        said = units(utterance["text"], utterance["language"])
        errors += distance(said, units(heard, utterance["language"]))
        wanted += len(said)
    return errors / wanted


def conversation(options: argparse.Namespace) -> dict:
    """Pipecat against `ermu serve` on the same turns: CPU seconds a turn and voice-to-voice latency."""
    script = json.loads((environment.HERE / "turns.json").read_text())
    job = {
        "whisper": str(environment.WHISPER),
        "kokoro": environment.model_file("kokoro"),
        "vocabulary": environment.model_file("kokoro-vocab"),
        "style": environment.model_file("kokoro-style-zf_xiaoxiao"),
        "turns": [{**turn, "file": str(ROOT / "audio-fixtures" / turn["file"])} for turn in script["turns"]],
    }
    own = ours.converse(script["scripts"], options.latency)
    report = {"scripts": script["scripts"], "ermu": own, "pipecat": {}}
    for speech in ("each", "kept"):
        peer = json.loads(environment.run("converse.py", job=json.dumps({**job, "speech": speech})))
        latencies = [turn["voice_to_voice_ms"] for turn in peer["turns"] if turn["voice_to_voice_ms"] is not None]
        report["pipecat"][speech] = {
            "cpu_s_a_turn": peer["cpu_s_a_turn"],
            "real_time_factor": peer["cpu_s"] / peer["wall_s"],
            "voice_to_voice_ms_p50": statistics.median(latencies) if latencies else None,
            "unanswered": len(peer["turns"]) - len(latencies),
            "ratio": own["cpu_s_a_turn"] / peer["cpu_s_a_turn"],
            "turns": peer["turns"],
        }
    # As either is shipped: Pipecat makes every reply anew, Ermu keeps its fixed wording.
    report["ratio"] = report["pipecat"]["each"]["ratio"]
    report["ratio_kept"] = report["pipecat"]["kept"]["ratio"]
    return report


def media(options: argparse.Namespace) -> dict:
    """aiortc against Ermu's media path: calls that one core carries, both sides speaking all the time."""
    size = ["--calls", str(options.calls), "--seconds", str(options.seconds)]
    rounds = []
    for _ in range(options.rounds):
        own = json.loads(ours.media(size))
        peer = json.loads(environment.run("media.py", str(ours.CALLS_PER_CORE), *size))
        rounds.append({"ermu": own, "aiortc": peer, "ratio": own["calls_a_core"] / peer["calls_a_core"]})
    mean = lambda side: statistics.fmean(one[side]["calls_a_core"] for one in rounds)
    return {
        "rounds": rounds, "calls_a_core": mean("ermu"), "peer_calls_a_core": mean("aiortc"),
        "ratio": mean("ermu") / mean("aiortc"),
    }


PARTS = {"hearing": hearing, "conversation": conversation, "media": media}


def table(report: dict) -> list[str]:
    """The report for people."""
    on = report["machine"]
    lines = [f"{on['cpu']}, {on['cores']} cores, load {on['load_1min']}"]
    part = report.get("hearing", {})
    if "ermu" in part:
        lines += ["", f"{'hearing: ' + str(part['utterances']) + ' utterances':<34}{'CPU s':>8}{'wall s':>8}{'errors':>9}{'Ermu : it':>11}"]
        rows = {"Ermu": part["ermu"], **{f"faster-whisper {way}": n for way, n in part["faster_whisper"].items()}}
        for name, row in rows.items():
            ratio = f"{row['ratio']:.2f}" if "ratio" in row else ""
            lines.append(
                f"{name:<34}{row['cpu_s_an_utterance']:>8.3f}{row['wall_s_an_utterance'] or 0:>8.3f}"
                f"{100 * row['error_rate']:>8.1f}%{ratio:>11}"
            )
    part = report.get("conversation", {})
    if "ermu" in part:
        lines += ["", f"{'conversation':<34}{'CPU s a turn':>14}{'voice to voice':>16}{'Ermu : it':>11}"]
        rows = {"Ermu (fixed wording kept)": part["ermu"], "Pipecat (every reply made)": part["pipecat"]["each"],
                "Pipecat (all replies kept)": part["pipecat"]["kept"]}
        for name, row in rows.items():
            ratio = f"{row['ratio']:.2f}" if "ratio" in row else ""
            latency = row["voice_to_voice_ms_p50"]
            latency = f"{latency:.0f} ms" if latency is not None else "–"
            lines.append(f"{name:<34}{row['cpu_s_a_turn']:>14.2f}{latency:>16}{ratio:>11}")
    part = report.get("media", {})
    if "rounds" in part:
        lines += ["", f"{'media path':<34}{'calls a core':>14}"]
        lines += [f"{'Ermu':<34}{part['calls_a_core']:>14.0f}", f"{'aiortc':<34}{part['peer_calls_a_core']:>14.0f}"]
    lines += [f"{name}: skipped: {report[name]['skipped']}" for name in PARTS if "skipped" in report.get(name, {})]
    return lines


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the numbers")
    parser.add_argument("--only", choices=PARTS, help="run one of the comparisons")
    parser.add_argument("--utterances", type=int, metavar="N", help="compare on about so many utterances (all)")
    parser.add_argument("--latency", type=Path, metavar="FILE", help="what `ermu bench latency --json` wrote for the same scripts; without it, it is run here")
    parser.add_argument("--calls", type=int, default=10, help="calls at once on the media path (10)")
    parser.add_argument("--seconds", type=int, default=10, help="seconds that the media path is measured for (10)")
    parser.add_argument("--rounds", type=int, default=2, help="rounds on the media path, Ermu and aiortc in turn (2)")
    options = parser.parse_args()
    report, code = {"machine": machine()}, 0
    try:
        environment.prepare()
    except (Unavailable, OSError, StopIteration) as error:
        report["skipped"], code = str(error), SKIPPED
        print(f"skipped: {error}", file=sys.stderr)
    for name in [options.only] if options.only else PARTS:
        if code == SKIPPED:
            report[name] = {"skipped": report["skipped"]}
            continue
        print(f"measuring {name} …", file=sys.stderr, flush=True)
        try:
            report[name] = PARTS[name](options)
        except Unavailable as error:
            report[name] = {"skipped": str(error)}
        except (RuntimeError, subprocess.SubprocessError, ValueError, KeyError) as error:
            report[name], code = {"failed": f"{type(error).__name__}: {error}"}, 1
            print(f"{name} failed: {error}", file=sys.stderr)
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n")
    print("\n".join(table(report)))
    return code


if __name__ == "__main__":
    sys.exit(main())
