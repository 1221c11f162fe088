"""faster-whisper on a list of utterances; runs inside the peers' environment.

Reads a JSON object from standard input: `model` (a CTranslate2 folder) and `utterances` (a list of `file` and
`language`). Writes one JSON object: for each way of running it, words and seconds of each utterance.
"""

import functools
import json
import sys

import faster_whisper.transcribe
import soundfile
import zhconv
from faster_whisper import WhisperModel

from cpu import Meter

# Every way keeps what helps it: language given, no second try at a higher temperature, one thread, no voice activity
# pass of its own (the utterances are cut already).
COMMON = dict(vad_filter=False, temperature=0.0, condition_on_previous_text=False)
WAYS = {
    "greedy": dict(beam_size=1),
    "beam 5": dict(beam_size=5),
    # Not an option that it has (its chunk_length is padded to 30 s all the same): its own code with the window cut to
    # the utterance, as Ermu does it. Shows how much of the difference is the window and how much the engine.
    "greedy, patched": dict(beam_size=1, cut=True),
    "beam 5, patched": dict(beam_size=5, cut=True),
}
pad_or_trim = faster_whisper.transcribe.pad_or_trim


def transcribe(model, pcm, language, cut=False, **options):
    """The words of one utterance."""
    # Frames of 10 ms: the utterance and 2.56 s to spare.
    frames = min(3_000, (len(pcm) // 160 + 256) // 2 * 2) if cut else 3_000
    faster_whisper.transcribe.pad_or_trim = functools.partial(pad_or_trim, length=frames)
    segments, _ = model.transcribe(pcm, language=language, **COMMON, **options)
    return "".join(segment.text for segment in segments)


def main() -> None:
    job = json.load(sys.stdin)
    model = WhisperModel(job["model"], device="cpu", compute_type="int8", cpu_threads=1, num_workers=1)
    clips = []
    for utterance in job["utterances"]:
        pcm, rate = soundfile.read(utterance["file"], dtype="float32")
        assert rate == 16_000 and pcm.ndim == 1, utterance["file"]
        clips.append((pcm, utterance["language"]))
    report = {}
    for way, options in WAYS.items():
        transcribe(model, *clips[0], **options)  # warm
        report[way] = []
        for pcm, language in clips:
            meter = Meter()
            words = transcribe(model, pcm, language, **options)
            used = meter.read()
            report[way].append({"words": zhconv.convert(words, "zh-cn"), **used})
    json.dump(report, sys.stdout, ensure_ascii=False)


if __name__ == "__main__":
    main()
