"""Trains and measures the emotion heads (models/weights/emotion.json) on the prosody features of crates/audio.

    pip install -r models/recipes/emotion/requirements.txt
    python models/recipes/emotion/train.py --data ../shared/data/emotion

Prints the tables of models/cards/emotion.md, then writes the weights. Takes about ten minutes on two cores.
The data folder holds manifest.csv (file, corpus, speaker, emotion, ...) and 16 kHz FLAC files.
"""

import argparse
import csv
import json
import pathlib
import subprocess
import tempfile

import numpy as np
import scipy.signal
import soundfile
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score, roc_curve

ROOT = pathlib.Path(__file__).resolve().parents[3]
# Order of the classes in the weights. "other" catches what is neither of the four; it counts as neutral ("neither")
# when the estimate is read.
CLASSES = ["angry", "happy", "neutral", "sad", "other"]
LABELS = {"calm": "neutral", "fear": "other", "surprise": "other", "disgust": "other", "boredom": "other"}
HEADS = {"zh": "casia", "en": "ravdess"}
C = 0.03
CLIP = 5.0
DRAWS = 10


def telephone(pcm):
    """What a telephone leaves of 16 kHz sound: 300-3400 Hz, 8 kHz, mu-law."""
    band = scipy.signal.butter(4, [300, 3400], btype="band", fs=16000, output="sos")
    narrow = scipy.signal.resample_poly(scipy.signal.sosfilt(band, pcm), 1, 2)
    narrow = narrow / max(np.abs(narrow).max(), 1e-6) * 0.5
    mu = 255.0
    code = np.round(np.sign(narrow) * np.log1p(mu * np.abs(narrow)) / np.log1p(mu) * 127) / 127
    return np.sign(code) * np.expm1(np.abs(code) * np.log1p(mu)) / mu


def measure(data, rows, scratch):
    """Feature rows of every file, clean and by telephone, by the Rust code that will also measure the calls."""
    folder = pathlib.Path(scratch)
    listing = []
    for n, row in enumerate(rows):
        pcm, rate = soundfile.read(data / row["file"])
        assert rate == 16000 and pcm.ndim == 1, row["file"]
        for kind, sound, hz in [("clean", pcm, 16000), ("telephone", telephone(pcm), 8000)]:
            path = folder / f"{n}-{kind}.wav"
            soundfile.write(path, sound, hz, subtype="PCM_16")
            listing.append(str(path))
    (folder / "list").write_text("\n".join(listing))
    command = ["cargo", "run", "--quiet", "--release", "-p", "ermu-audio", "--example", "prosody_features", "--"]
    output = subprocess.run(command + [str(folder / "list")], cwd=ROOT, check=True, capture_output=True, text=True)
    lines = list(csv.reader(output.stdout.splitlines()))
    names = lines[0][1:]
    values = {pathlib.Path(line[0]).stem: np.array(line[1:], dtype=float) for line in lines[1:]}
    nothing = np.full(len(names), np.nan)
    clean = np.array([values.get(f"{n}-clean", nothing) for n in range(len(rows))])
    phone = np.array([values.get(f"{n}-telephone", nothing) for n in range(len(rows))])
    return names, clean, phone


class Head:
    """One language's weights: z-scores, the caller's baseline taken off, clipped, softmax regression."""

    def __init__(self, x, y, speakers, rng):
        self.mean = x.mean(0)
        self.scale = x.std(0) + 1e-6
        z = (x - self.mean) / self.scale
        self.neutral = np.mean([z[(speakers == s) & (y == 2)].mean(0) for s in np.unique(speakers)], axis=0)
        # Each utterance as of an unknown caller, and as of one of whom three calm utterances are known.
        copies, labels = [self.relative(z, [])], [y]
        for speaker in np.unique(speakers):
            own = np.flatnonzero(speakers == speaker)
            calm = own[y[own] == 2]
            for _ in range(2):
                chosen = rng.choice(calm, 3, replace=False)
                rest = np.setdiff1d(own, chosen)
                copies.append(self.relative(z[rest], z[chosen]))
                labels.append(y[rest])
        model = LogisticRegression(C=C, class_weight="balanced", max_iter=500, tol=1e-3)
        model.fit(np.vstack(copies), np.concatenate(labels))
        assert list(model.classes_) == list(range(len(CLASSES)))
        self.weights, self.bias = model.coef_, model.intercept_

    def relative(self, z, enrolled):
        baseline = (np.sum(enrolled, axis=0) + self.neutral) / (len(enrolled) + 1)
        return np.clip(z - baseline, -CLIP, CLIP)

    def logits(self, x, enrolled):
        z = (x - self.mean) / self.scale
        known = (enrolled - self.mean) / self.scale if len(enrolled) else []
        return self.relative(z, known) @ self.weights.T + self.bias

def scores(logits, y):
    """Angry vs neutral: accuracy and AUC; angry vs all the rest: AUC, recall and threshold at 5 % false alarms;
    accuracy over the four named classes."""
    two = (y == 0) | (y == 2)
    margin = logits[:, 0] - logits[:, 2]
    e = np.exp(logits - logits.max(1, keepdims=True))
    angry = e[:, 0] / e.sum(1)
    false, true, thresholds = roc_curve(y == 0, angry)
    at = np.flatnonzero(false <= 0.05)[-1]
    named = y < 4
    return {
        "angry/neutral acc": ((margin > 0) == (y == 0))[two].mean(),
        "angry/neutral AUC": roc_auc_score(y[two] == 0, margin[two]),
        "angry/rest AUC": roc_auc_score(y == 0, angry),
        "recall at 5 % FA": true[at],
        "P(angry) there": thresholds[at],
        "4-class acc": (logits[named, :4].argmax(1) == y[named]).mean(),
    }


def leave_one_speaker_out(train_sets, y, speakers):
    """For each speaker a head that never heard that speaker."""
    rng = np.random.default_rng(1)
    heads = {}
    for speaker in np.unique(speakers):
        others = speakers != speaker
        x = np.vstack([part[others] for part in train_sets])
        copies = len(train_sets)
        heads[speaker] = Head(x, np.tile(y[others], copies), np.tile(speakers[others], copies), rng)
    return heads


def evaluate(heads, test, y, speakers, enrolments):
    """Scores over the speakers, each by the head that never heard that speaker: mean and deviation over DRAWS choices
    of the enrolled utterances (which are not tested)."""
    rng = np.random.default_rng(2)
    runs = []
    for _ in range(DRAWS if enrolments else 1):
        logits, truth, each = [], [], []
        for speaker, head in heads.items():
            own = np.flatnonzero(speakers == speaker)
            calm = own[y[own] == 2]
            chosen = rng.choice(calm, enrolments, replace=False) if enrolments else np.array([], dtype=int)
            rest = np.setdiff1d(own, chosen)
            logits.append(head.logits(test[rest], test[chosen]))
            truth.append(y[rest])
            each.append(scores(logits[-1], truth[-1])["angry/neutral AUC"])
        run = scores(np.vstack(logits), np.concatenate(truth))
        run["angry/neutral AUC, mean of speakers"] = np.mean(each)
        runs.append(run)
    return {name: (np.mean([r[name] for r in runs]), np.std([r[name] for r in runs])) for name in runs[0]}


def show_alarms(title, heads, test, y, speakers, emotions):
    """How often each acted emotion is given P(angry) > 0.5, with three enrolled utterances."""
    rng = np.random.default_rng(3)
    alarms, acted = [], []
    for _ in range(DRAWS):
        for speaker, head in heads.items():
            own = np.flatnonzero(speakers == speaker)
            chosen = rng.choice(own[y[own] == 2], 3, replace=False)
            rest = np.setdiff1d(own, chosen)
            logits = head.logits(test[rest], test[chosen])
            alarms.append(1 / np.exp(logits - logits[:, :1]).sum(1) > 0.5)
            acted.append(emotions[rest])
    alarms, acted = np.concatenate(alarms), np.concatenate(acted)
    shares = [f"{emotion} {alarms[acted == emotion].mean():.3f}" for emotion in np.unique(acted)]
    print(f"{title}, 3 enrolled, P(angry) > 0.5: " + ", ".join(shares), flush=True)


def show(title, result):
    cells = [f"{mean:.3f}" + (f" ± {sd:.3f}" if sd > 0 else "") for mean, sd in result.values()]
    print(f"| {title} | " + " | ".join(cells) + " |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=pathlib.Path, required=True, help="folder with manifest.csv and the corpora")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "models/weights/emotion.json")
    args = parser.parse_args()

    with open(args.data / "manifest.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    with tempfile.TemporaryDirectory() as scratch:
        names, clean, phone = measure(args.data, rows, scratch)
    label = np.array([CLASSES.index(LABELS.get(r["emotion"], r["emotion"])) for r in rows])
    corpus = np.array([r["corpus"] for r in rows])
    speaker = np.array([r["speaker"] for r in rows])
    emotion = np.array([r["emotion"] for r in rows])
    heard = ~np.isnan(clean).any(1) & ~np.isnan(phone).any(1)
    print(f"{heard.sum()} of {len(rows)} utterances have enough voice; {len(names)} features")

    header = list(scores(np.eye(5)[[0, 2, 1, 3]], np.array([0, 2, 1, 3]))) + ["angry/neutral AUC, mean of speakers"]
    print("| | " + " | ".join(header) + " |")
    print("|---" * (len(header) + 1) + "|")
    shipped = {}
    alarms = []
    for language, name in HEADS.items():
        own = heard & (corpus == name)
        x, t, y, s = clean[own], phone[own], label[own], speaker[own]
        heads = leave_one_speaker_out([x, t], y, s)
        for enrolments in (0, 3):
            known = f"{enrolments} enrolled" if enrolments else "no enrolment"
            show(f"{name}, {known}", evaluate(heads, x, y, s, enrolments))
            show(f"{name}, {known}, telephone", evaluate(heads, t, y, s, enrolments))
        alarms.append((name, heads, x, y, s, emotion[own]))
        if language == "zh":
            clean_only = leave_one_speaker_out([x], y, s)
            show(f"{name}, 3 enrolled, telephone, head without telephone copies", evaluate(clean_only, t, y, s, 3))
        shipped[language] = Head(np.vstack([x, t]), np.tile(y, 2), np.tile(s, 2), np.random.default_rng(0))

    # A language without a head of its own reads the English one.
    own = heard & (corpus == "emodb")
    logits = shipped["en"].logits(clean[own], [])
    result = {name: (value, 0) for name, value in scores(logits, label[own]).items()}
    show("emodb (German) by the English head, no enrolment", result)

    for parts in alarms:
        show_alarms(*parts)

    def numbers(values):
        return [float(f"{v:.6g}") for v in values]

    weights = {
        "version": 1,
        "features": names,
        "classes": CLASSES,
        "clip": CLIP,
        "heads": {
            language: {
                "mean": numbers(head.mean),
                "scale": numbers(head.scale),
                "neutral": numbers(head.neutral),
                "weights": [numbers(row) for row in head.weights],
                "bias": numbers(head.bias),
            }
            for language, head in shipped.items()
        },
    }
    args.out.write_text(json.dumps(weights, indent=None, separators=(",", ":")).replace('"heads"', '\n"heads"') + "\n")
    print(f"wrote {args.out}")


if __name__ == "__main__":
    main()
