"""Pipecat answering the turns of a call; runs inside the peers' environment.

Reads a JSON object from standard input: `whisper` (a CTranslate2 folder), `kokoro`, `vocabulary`, `style` (files),
`speech` ("each" or "kept") and `turns` (a list of `file`, 16 kHz WAV, and `reply`). Writes one JSON object: CPU seconds
of the process over the conversation, and for each turn what was heard and the latency from the caller's last sound to
the agent's first.

The pipeline is Pipecat's own: Silero voice activity, smart-turn for the end of a turn, its Whisper service on
faster-whisper, a reply, speech, an output transport. In the place of a model that writes replies stands a processor
that says what Ermu said in that turn. The transport is in this process: it feeds recordings at the pace of a call and
takes the sound at that pace, so nothing is spent on a network.
"""

import asyncio
import json
import sys
import time
import wave

import numpy
import onnxruntime
from loguru import logger
from misaki import zh
from pipecat.audio.vad.silero import SileroVADAnalyzer
from pipecat.frames.frames import (
    EndFrame,
    InputAudioRawFrame,
    LLMContextFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    LLMTextFrame,
    TranscriptionFrame,
    TTSAudioRawFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import LLMContextAggregatorPair, LLMUserAggregatorParams
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.services.settings import TTSSettings
from pipecat.services.tts_service import TTSService
from pipecat.services.whisper.stt import WhisperSTTService
from pipecat.transcriptions.language import Language
from pipecat.transports.base_input import BaseInputTransport
from pipecat.transports.base_output import BaseOutputTransport
from pipecat.transports.base_transport import TransportParams
from pipecat.workers.runner import WorkerRunner

from cpu import Meter

IN_RATE, OUT_RATE = 16_000, 24_000
TICK = 0.02
# The caller waits this long after the answer, as Ermu's scripted caller does.
PAUSE_S = 0.8
# A turn that is not answered by then is given up.
PATIENCE_S = 60.0
# The recordings hold silence before and after the words; what is louder than this is voice.
VOICE_PEAK = 0.01


class Source(BaseInputTransport):
    """The caller: silence, and a recording when told to speak."""

    def __init__(self, params: TransportParams) -> None:
        super().__init__(params)
        self._waiting = b""
        self.spoken = asyncio.Event()
        self._feeder = None

    async def start(self, frame) -> None:
        await super().start(frame)
        await self.set_transport_ready(frame)
        self._feeder = self.create_task(self._feed())

    async def stop(self, frame) -> None:
        await self.cancel_task(self._feeder)
        await super().stop(frame)

    def speak(self, pcm: numpy.ndarray) -> None:
        self.spoken.clear()
        self._waiting = pcm.tobytes()

    async def _feed(self) -> None:
        chunk, sent, start = int(IN_RATE * TICK) * 2, 0, time.monotonic()
        while True:
            audio, self._waiting = self._waiting[:chunk], self._waiting[chunk:]
            if not self._waiting:
                self.spoken.set()
            frame = InputAudioRawFrame(audio=audio.ljust(chunk, b"\0"), sample_rate=IN_RATE, num_channels=1)
            await self.push_audio_frame(frame)
            sent += 1
            await asyncio.sleep(max(0.0, start + sent * TICK - time.monotonic()))


class Sink(BaseOutputTransport):
    """The caller's ear: takes sound at the pace of a call and notes when the first of it came."""

    def __init__(self, params: TransportParams) -> None:
        super().__init__(params)
        self._free_at = 0.0
        self.first = self.last = None

    async def start(self, frame) -> None:
        await super().start(frame)
        await self.set_transport_ready(frame)

    def reset(self) -> None:
        self.first = self.last = None

    async def write_audio_frame(self, frame) -> bool:
        now = time.monotonic()
        if numpy.abs(numpy.frombuffer(frame.audio, numpy.int16)).max(initial=0) > VOICE_PEAK * 32_768:
            self.first = self.first or max(now, self._free_at)
            self.last = max(now, self._free_at)
        self._free_at = max(now, self._free_at) + len(frame.audio) / 2 / frame.sample_rate
        await asyncio.sleep(max(0.0, self._free_at - now))
        return True


class Kokoro(TTSService):
    """The same synthesizer as Ermu's, through ONNX Runtime with one thread. With `kept`, sound made once is kept."""

    def __init__(self, job: dict, **options) -> None:
        settings = TTSSettings(model=None, voice="zf_xiaoxiao", language=Language.ZH)
        # Its three seconds for a sentence are not enough on a loaded machine; a turn must not fall silent for that.
        options |= dict(push_start_frame=True, push_stop_frames=True, stop_frame_timeout_s=PATIENCE_S)
        super().__init__(settings=settings, sample_rate=OUT_RATE, **options)
        threads = onnxruntime.SessionOptions()
        threads.intra_op_num_threads = threads.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(job["kokoro"], threads, providers=["CPUExecutionProvider"])
        with open(job["vocabulary"]) as file:
            self._vocabulary = json.load(file)["vocab"]
        self._styles = numpy.fromfile(job["style"], "<f4").reshape(-1, 1, 256)
        self._phonemes = zh.ZHG2P()
        self._kept = {} if job["speech"] == "kept" else None
        self.busy_at = 0.0
        self._make("你好。")  # loads dictionaries

    def can_generate_metrics(self) -> bool:
        return False

    def synthesise(self, text: str) -> bytes:
        if self._kept is not None and text in self._kept:
            return self._kept[text]
        pcm = self._make(text)
        if self._kept is not None:
            self._kept[text] = pcm
        return pcm

    def _make(self, text: str) -> bytes:
        phonemes = self._phonemes(text)
        phonemes = phonemes[0] if isinstance(phonemes, tuple) else phonemes
        ids = [self._vocabulary[c] for c in phonemes if c in self._vocabulary][:509]
        inputs = {
            "tokens": numpy.array([[0, *ids, 0]], dtype=numpy.int64),
            "style": self._styles[max(len(ids) - 1, 0)],
            "speed": numpy.array([1.0], dtype=numpy.float32),
        }
        audio = self._session.run(None, inputs)[0].reshape(-1)
        loud = numpy.flatnonzero(numpy.abs(audio) > VOICE_PEAK)
        if len(loud):  # as Ermu trims it: what the voice begins and ends with is silence
            audio = audio[max(0, loud[0] - OUT_RATE // 20) : loud[-1] + OUT_RATE // 10]
        return (audio.clip(-1, 1) * 32_767).astype(numpy.int16).tobytes()

    async def run_tts(self, text: str, context_id: str):
        self.busy_at = float("inf")
        audio = await asyncio.to_thread(self.synthesise, text)
        self.busy_at = time.monotonic()
        yield TTSAudioRawFrame(audio=audio, sample_rate=OUT_RATE, num_channels=1, context_id=context_id)


class Replies(FrameProcessor):
    """Says what is written for the turn."""

    def __init__(self) -> None:
        super().__init__()
        self.reply = ""

    async def process_frame(self, frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if isinstance(frame, LLMContextFrame):
            reply, self.reply = self.reply, ""
            if reply:
                await self.push_frame(LLMFullResponseStartFrame())
                await self.push_frame(LLMTextFrame(reply))
                await self.push_frame(LLMFullResponseEndFrame())
        else:
            await self.push_frame(frame, direction)


class Notes(FrameProcessor):
    """Writes down what was heard."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[str] = []

    async def process_frame(self, frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if isinstance(frame, TranscriptionFrame):
            self.heard.append(frame.text)
        await self.push_frame(frame, direction)


def recording(path: str) -> tuple[numpy.ndarray, float]:
    """16-bit samples, and how long the silence at their end is."""
    with wave.open(path) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (IN_RATE, 1, 2), path
        pcm = numpy.frombuffer(file.readframes(file.getnframes()), numpy.int16)
    loud = numpy.flatnonzero(numpy.abs(pcm) > VOICE_PEAK * 32_768)
    return pcm, (len(pcm) - loud[-1] - 1) / IN_RATE if len(loud) else 0.0


async def main() -> None:
    job = json.load(sys.stdin)
    logger.remove()
    logger.add(sys.stderr, level="ERROR")
    params = TransportParams(
        audio_in_enabled=True, audio_out_enabled=True, audio_in_sample_rate=IN_RATE, audio_out_sample_rate=OUT_RATE,
    )
    source, sink, replies, notes, kokoro = Source(params), Sink(params), Replies(), Notes(), Kokoro(job)
    # Chosen for it, against its defaults: the language, 8-bit weights, no threshold that would swallow a turn.
    settings = WhisperSTTService.Settings(model=job["whisper"], language=Language.ZH, no_speech_prob=1.0)
    whisper = WhisperSTTService(device="cpu", compute_type="int8", settings=settings)
    aggregators = LLMContextAggregatorPair(
        LLMContext(), user_params=LLMUserAggregatorParams(
            vad_analyzer=SileroVADAnalyzer(sample_rate=IN_RATE),
            user_turn_stop_timeout=PATIENCE_S,  # or it answers before it has heard, on a loaded machine
        ),
    )
    pipeline = Pipeline(
        [source, whisper, notes, aggregators.user(), replies, kokoro, sink, aggregators.assistant()]
    )
    worker = PipelineWorker(
        pipeline, params=PipelineParams(audio_in_sample_rate=IN_RATE, audio_out_sample_rate=OUT_RATE),
        enable_rtvi=False, enable_turn_tracking=False, idle_timeout_secs=None,
    )
    runner = WorkerRunner(handle_sigint=False)
    running = asyncio.ensure_future(run(runner, worker))
    await asyncio.sleep(1.0)
    if job["speech"] == "kept":
        # Whole replies and the sentences that Pipecat cuts them into are made on a first pass that is not counted.
        await converse(job["turns"], source, sink, replies, notes, kokoro)
    meter = Meter()
    turns = await converse(job["turns"], source, sink, replies, notes, kokoro)
    used = meter.read()
    json.dump({"turns": turns, **used, "cpu_s_a_turn": used["cpu_s"] / len(turns)}, sys.stdout, ensure_ascii=False)
    sys.stdout.flush()
    await worker.queue_frame(EndFrame())
    await asyncio.wait_for(running, 10)


async def run(runner: WorkerRunner, worker: PipelineWorker) -> None:
    await runner.add_workers(worker)
    await runner.run()


async def converse(turns, source, sink, replies, notes, kokoro) -> list[dict]:
    report = []
    for turn in turns:
        pcm, trailing_s = recording(turn["file"])
        sink.reset()
        notes.heard.clear()
        replies.reply = turn["reply"]
        start = time.monotonic()
        source.speak(pcm)
        await source.spoken.wait()
        ended = time.monotonic() - trailing_s
        # Until the answer has begun, and then has been silent for the pause.
        while time.monotonic() - start < PATIENCE_S + len(pcm) / IN_RATE:
            if sink.last and not replies.reply and time.monotonic() - max(sink.last, kokoro.busy_at) > PAUSE_S:
                break
            await asyncio.sleep(TICK)
        latency = round(1000 * (sink.first - ended)) if sink.first else None
        report.append({"file": turn["file"], "heard": " ".join(notes.heard), "voice_to_voice_ms": latency})
    return report


if __name__ == "__main__":
    asyncio.run(main())
