"""aiortc answering calls; runs inside the peers' environment, and only this process is measured.

`python media.py CALLER --calls N --seconds N`: CALLER is the program that makes the calls (the example
`calls_per_core` of ermu-media, run with `--client`): it prints an offer on a line and reads the answer from one. The
callers are the same, then, as those that Ermu's own media path is measured with: both sides speak all the time.
"""

import argparse
import asyncio
import fractions
import json
import math

import aioice.ice
import numpy
from aiortc import RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from av import AudioFrame

from cpu import Meter

LINE_END = "\x1f"
RATE = 48_000
FRAME = 960

# The callers are bound to loopback, which aioice leaves out of its candidates.
aioice.ice.get_host_addresses = lambda use_ipv4, use_ipv6: ["127.0.0.1"]


def buzz() -> list[AudioFrame]:
    """A second of a voiced sound: 120 Hz with ten harmonics, swelling four times."""
    t = numpy.arange(RATE) / RATE
    voice = sum(numpy.sin(2 * math.pi * 120 * h * t) / h for h in range(1, 11))
    pcm = 0.2 * voice * (0.6 - 0.4 * numpy.cos(2 * math.pi * 4 * t))
    samples = (pcm * 32_767).clip(-32_768, 32_767).astype(numpy.int16).reshape(-1, 1, FRAME)
    frames = []
    for chunk in samples:
        frame = AudioFrame.from_ndarray(chunk, format="s16", layout="mono")
        frame.sample_rate = RATE
        frames.append(frame)
    return frames


class Voice(MediaStreamTrack):
    """Speaks all the time, at the pace of a call."""

    kind = "audio"

    def __init__(self, frames: list[AudioFrame]) -> None:
        super().__init__()
        self._frames, self._sent, self._start = frames, 0, None

    async def recv(self) -> AudioFrame:
        now = asyncio.get_event_loop().time()
        if self._start is None:
            self._start = now
        due = self._start + self._sent * 0.02
        if due > now:
            await asyncio.sleep(due - now)
        frame = self._frames[self._sent % len(self._frames)]
        frame.pts = self._sent * FRAME
        frame.time_base = fractions.Fraction(1, RATE)
        self._sent += 1
        return frame


async def listen(track: MediaStreamTrack, heard: list[int]) -> None:
    try:
        while True:
            await track.recv()
            heard[0] += 1
    except MediaStreamError:
        return


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("caller")
    parser.add_argument("--calls", type=int, default=8)
    parser.add_argument("--seconds", type=int, default=10)
    options = parser.parse_args()
    client = await asyncio.create_subprocess_exec(
        options.caller, "--client", "--calls", str(options.calls),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=1 << 20,
    )
    frames, heard, calls, voices, listeners = buzz(), [0], [], [], []
    try:
        for _ in range(options.calls):
            offer = (await client.stdout.readline()).decode().strip().replace(LINE_END, "\r\n")
            call, connected = RTCPeerConnection(), asyncio.Event()

            @call.on("connectionstatechange")
            def changed(call=call, connected=connected):
                if call.connectionState == "connected":
                    connected.set()

            @call.on("track")
            def opened(track):
                listeners.append(asyncio.ensure_future(listen(track, heard)))

            await call.setRemoteDescription(RTCSessionDescription(sdp=offer, type="offer"))
            voice = Voice(frames)
            call.addTrack(voice)
            await call.setLocalDescription(await call.createAnswer())
            client.stdin.write((call.localDescription.sdp.replace("\r\n", LINE_END) + "\n").encode())
            await client.stdin.drain()
            await asyncio.wait_for(connected.wait(), 20)
            calls.append(call)
            voices.append(voice)
        await asyncio.sleep(2)
        meter, frames_before, sent_before = Meter(), heard[0], sum(voice._sent for voice in voices)
        await asyncio.sleep(options.seconds)
        used, received = meter.read(), heard[0] - frames_before
        sent = sum(voice._sent for voice in voices) - sent_before
        share = used["cpu_s"] / used["wall_s"] / options.calls
        rate = lambda count: count / used["wall_s"] / options.calls
        report = {
            "calls": options.calls, "seconds": used["wall_s"], "cpu_seconds": used["cpu_s"],
            "cpu_percent_a_call": 100 * share, "calls_a_core": 1 / share,
            "frames_in_a_second_a_call": rate(received), "frames_out_a_second_a_call": rate(sent),
        }
        print(json.dumps(report))
    finally:
        client.kill()
        await asyncio.gather(*(call.close() for call in calls))


if __name__ == "__main__":
    asyncio.run(main())
