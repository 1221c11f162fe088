#!/bin/sh
# Speaks the sentences of es.txt and pt.txt, and has Whisper write down what it hears.
# Usage: listen.sh FOLDER   (made; ERMU names the program)
set -eu
here=$(dirname "$0")
mkdir -p "$1"
printf 'file\tlang\ttranscript\n' >"$1/manifest.tsv"
for lang in es pt; do
    n=0
    while IFS= read -r sentence; do
        n=$((n + 1))
        "${ERMU:-ermu}" say "$sentence" --lang "$lang" -o "$1/$lang$n.wav"
        printf '%s\t%s\t%s\n' "$lang$n.wav" "$lang" "$sentence" >>"$1/manifest.tsv"
    done <"$here/$lang.txt"
done
"${ERMU:-ermu}" bench asr "$1" --names 0 --no-noise --list --json "$1/asr.json"
