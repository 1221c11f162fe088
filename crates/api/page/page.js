// The page: its states (idle, connecting, calling, ended) and its controls.

import { Call } from "/call.js";
import { Conversation } from "/cards.js";
import { current, speak, t, translate } from "/words.js";

const SENT_AS_IS = ["image/jpeg", "image/png", "image/webp"];
const SENT_AS_IS_BYTES = 8 * 1024 * 1024;
const LONGEST_SIDE_PX = 3200;
/** Longer than a pause between frames of sound, shorter than one between sentences. */
const SOUNDING_MS = 250;

const $ = (id) => document.getElementById(id);
const conversation = new Conversation($("log"), enlarge);
let call = null;
let muted = false;
let voice = false;
let answering = false;
let unstable = false;
let problem = null;
let startedAt = 0;
let stopMeter = () => {};
let wakeLock = null;

function show(state) {
  document.body.dataset.state = state;
  const talking = state === "calling" || state === "ended";
  $("welcome").hidden = talking;
  $("talk").hidden = !talking;
  $("controls").hidden = !talking;
  $("call").disabled = state === "connecting";
  write();
}

/** Writes everything that depends on state or language. */
function write() {
  const state = document.body.dataset.state;
  $("call-label").textContent = t(state === "connecting" ? "connecting" : "call");
  $("mute-label").textContent = t(muted ? "unmute" : "mute");
  $("mute").setAttribute("aria-pressed", String(muted));
  $("problem").hidden = !problem;
  if (problem) {
    $("problem-title").textContent = t(problem.kind);
    $("problem-help").textContent = problem.details || (t(`${problem.kind}_help`) === `${problem.kind}_help` ? "" : t(`${problem.kind}_help`));
  }
  let status = "";
  if (state === "connecting") status = "allow";
  else if (state === "ended") status = "ended";
  else if (state === "calling") {
    status = unstable ? "unstable" : voice ? "listening" : answering ? "speaking" : muted ? "muted" : "in_call";
  }
  document.body.dataset.activity = status;
  const text = status ? t(status) : "";
  // Written only when it changes: it is read aloud.
  if ($("status").textContent !== text) $("status").textContent = text;
}

async function start() {
  problem = null;
  muted = voice = answering = unstable = false;
  conversation.clear();
  show("connecting");
  const mine = (call = new Call());
  const here = (handler) => (event) => mine === call && handler(event.detail);
  mine.addEventListener("notice", here(onNotice));
  mine.addEventListener("sound", here(onSound));
  mine.addEventListener("unstable", here(() => ((unstable = true), write())));
  mine.addEventListener("recovered", here(() => ((unstable = false), write())));
  mine.addEventListener("over", here(onOver));
  try {
    await mine.start(current());
  } catch (error) {
    if (mine !== call) return;
    call = null;
    stopMeter();
    problem = error.kind === "ended" ? null : { kind: error.kind, details: error.kind === "refused_by_server" ? error.message : "" };
    return show("idle");
  }
  if (mine !== call) return;
  startedAt = Date.now();
  navigator.wakeLock?.request("screen").then((lock) => (wakeLock = lock), () => {});
  tick();
  show("calling");
}

function onNotice(notice) {
  switch (notice.type) {
    case "caption":
      conversation.caption(notice);
      break;
    case "listening":
      voice = notice.voice;
      conversation.listening(voice);
      write();
      break;
    case "photo":
      conversation.seen(notice);
      break;
    case "wall":
      conversation.seen({ ...notice, findings: [], faults: [] });
      break;
    case "decided":
      conversation.decided(notice);
      break;
    case "ticket":
      conversation.ticket(notice);
      break;
    case "hand_off":
      conversation.handOff(notice);
      break;
  }
}

function onSound(stream) {
  const sound = $("sound");
  sound.srcObject = stream;
  sound.play().catch(() => document.addEventListener("click", () => sound.play(), { once: true }));
  stopMeter = meter(stream, (sounds) => {
    if (sounds !== answering) {
      answering = sounds;
      write();
    }
  });
}

/** Tells whether there is sound in a stream. Returns a function that stops it. */
function meter(stream, tell) {
  const context = new AudioContext();
  const analyser = new AnalyserNode(context, { fftSize: 512 });
  context.createMediaStreamSource(stream).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  let heardAt = -Infinity;
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    if (samples.some((sample) => Math.abs(sample) > 0.01)) heardAt = performance.now();
    tell(performance.now() - heardAt < SOUNDING_MS);
  }, 80);
  return () => {
    clearInterval(timer);
    context.close();
    stopMeter = () => {};
  };
}

function hangUp() {
  call?.hangUp();
  onOver(null);
}

function onOver(kind) {
  if (!call) return;
  call = null;
  stopMeter();
  wakeLock?.release();
  wakeLock = null;
  $("sound").srcObject = null;
  voice = answering = unstable = false;
  if (document.body.dataset.state !== "calling") return show("idle");
  conversation.finish(kind ? `${t(kind)} · ${t(`${kind}_help`)}` : `${t("summary_ended")} ${$("clock").textContent}`);
  show("ended");
}

function tick() {
  if (!call) return;
  const seconds = Math.floor((Date.now() - startedAt) / 1000);
  $("clock").textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  setTimeout(tick, 1000 - ((Date.now() - startedAt) % 1000));
}

async function sendPhoto(file) {
  const mine = call;
  if (!mine || !file) return;
  const card = conversation.photo(file);
  try {
    const id = await mine.sendPhoto(await readable(file));
    card.sent(id, `/v1/sessions/${mine.session}/photos/${id}`);
  } catch (error) {
    card.failed(t(error.kind ?? "photo_unreadable"));
  }
}

/** The file itself, or, if it is very large or of another kind that this browser can read, a JPEG of it. */
async function readable(file) {
  if (SENT_AS_IS.includes(file.type) && file.size <= SENT_AS_IS_BYTES) return file;
  const picture = await createImageBitmap(file);
  const scale = Math.min(1, LONGEST_SIDE_PX / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(picture.width * scale);
  canvas.height = Math.round(picture.height * scale);
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.92));
  return new File([blob], "photo.jpg", { type: "image/jpeg" });
}

function enlarge(source) {
  $("large-image").src = source;
  $("large").showModal();
}

$("call").addEventListener("click", start);
$("again").addEventListener("click", start);
$("hang-up").addEventListener("click", hangUp);
$("mute").addEventListener("click", () => {
  muted = !muted;
  if (call) call.muted = muted;
  write();
});
for (const input of [$("camera"), $("album")]) {
  input.addEventListener("change", () => {
    for (const file of input.files) sendPhoto(file);
    input.value = "";
  });
}
$("typing").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = $("text").value.trim();
  if (text && call?.say(text)) $("text").value = "";
});
document.addEventListener("paste", ({ clipboardData }) => {
  for (const file of clipboardData.files) sendPhoto(file);
});
document.addEventListener("dragover", (event) => event.preventDefault());
document.addEventListener("drop", (event) => {
  event.preventDefault();
  for (const file of event.dataTransfer.files) sendPhoto(file);
});
$("large").addEventListener("click", () => $("large").close());
for (const button of document.querySelectorAll("[data-language]")) {
  button.addEventListener("click", () => {
    speak(button.dataset.language);
    write();
  });
}
addEventListener("pagehide", () => call?.hangUp());

translate(document);
show("idle");
