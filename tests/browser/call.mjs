// A customer with a real browser: calls, speaks from a WAV file, sends a photo, and waits for the ticket card.
// Prints what was seen as JSON; screenshots go to the output folder. Exits with 1 and a reason if anything is missing.
//
//   node call.mjs http://127.0.0.1:8080/ speech.wav mug.jpg shots [--lead-s 9] [--order 654321] [--consent 可以]
//     [--photo-after 1] [--language zh|en] [--view phone|desktop] [--timeout-s 120] [--chromium /usr/bin/chromium]
//
// The fake microphone plays one file and cannot react. So what has to come at the right moment may be typed instead:
// --order once the caller was understood, --consent once the decision was shown and Ermu has finished speaking.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    language: { type: "string", default: "zh" },
    view: { type: "string", default: "phone" },
    // Silence before the file: the microphone opens before the call is connected, and the greeting comes first.
    "lead-s": { type: "string", default: "0" },
    order: { type: "string" },
    consent: { type: "string" },
    // How many captions of the caller to wait for before the photo is sent.
    "photo-after": { type: "string", default: "1" },
    "timeout-s": { type: "string", default: "120" },
    chromium: { type: "string", default: "/usr/bin/chromium" },
  },
});
const [url, wav, photo, out] = positionals;
if (!out) {
  console.error("usage: node call.mjs URL WAV PHOTO OUT_FOLDER");
  process.exit(2);
}
mkdirSync(out, { recursive: true });

const VIEWS = {
  phone: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true },
  desktop: { viewport: { width: 1100, height: 860 } },
};
const timeout = Number(options["timeout-s"]) * 1000;
const browser = await chromium.launch({
  executablePath: options.chromium,
  args: [
    "--no-sandbox",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    `--use-file-for-fake-audio-capture=${resolve(delayed(wav, Number(options["lead-s"])))}%noloop`,
  ],
});
const context = await browser.newContext({
  ...VIEWS[options.view],
  locale: options.language === "en" ? "en-US" : "zh-CN",
  reducedMotion: "reduce", // Screenshots show things at rest.
  permissions: ["microphone"],
});
const page = await context.newPage();
page.setDefaultTimeout(timeout);
const complaints = [];
page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
page.on("console", (message) => message.type() === "error" && complaints.push(`console: ${message.text()}`));
const activities = new Set();
await page.exposeFunction("sawActivity", (activity) => activities.add(activity));

const began = Date.now();
const times = {};
const mark = (name) => (times[name] = (Date.now() - began) / 1000);
const shoot = (name) => page.screenshot({ path: join(out, `${name}.png`) });
/** The page with a card in its middle and its pictures drawn. */
const shootCard = async (card, name) => {
  await page.$eval(card, (element) => element.scrollIntoView({ block: "center" }));
  await page.$eval(card, (element) => Promise.all([...element.querySelectorAll("img")].map((image) => image.decode())));
  await shoot(name);
};
const texts = (selector) => page.locator(selector).allTextContents();

/** Waits for a step of the call, and says which one did not come. */
async function step(name, work) {
  try {
    await work();
    mark(name);
  } catch (error) {
    throw new Error(`${name}: ${error.message.split("\n")[0]}`);
  }
}

/** Types a message. */
async function type(text) {
  await page.fill("#text", text);
  await page.press("#text", "Enter");
}

/** Waits until Ermu has spoken since the call of this function and then been silent for a while. */
async function answered() {
  await page.waitForFunction(() => document.body.dataset.activity === "speaking");
  await page.evaluate(() => { window.silentSince = undefined; });
  await page.waitForFunction((enough) => {
    if (document.body.dataset.activity === "speaking") window.silentSince = undefined;
    else window.silentSince ??= performance.now();
    return performance.now() - window.silentSince > enough;
  }, 3000);
}

/** The path of a copy of a 16-bit WAV file that begins with silence; the file itself if none is wanted. */
function delayed(wav, seconds) {
  if (!seconds) return wav;
  const bytes = readFileSync(wav);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 12;
  while (bytes.toString("latin1", at, at + 4) !== "data") at += 8 + view.getUint32(at + 4, true) + (view.getUint32(at + 4, true) % 2);
  const bytesPerSecond = view.getUint32(28, true);
  const blockAlign = view.getUint16(32, true);
  const silence = Buffer.alloc(Math.round((seconds * bytesPerSecond) / blockAlign) * blockAlign);
  const samples = bytes.subarray(at + 8, at + 8 + view.getUint32(at + 4, true));
  const head = Buffer.from(bytes.subarray(0, at + 8));
  head.writeUInt32LE(silence.length + samples.length, at + 4);
  head.writeUInt32LE(at + silence.length + samples.length, 4);
  const path = join(out, "microphone.wav");
  writeFileSync(path, Buffer.concat([head, silence, samples]));
  return path;
}

let failure = null;
try {
  await step("page", () => page.goto(url));
  await page.evaluate(() => {
    const body = document.body;
    new MutationObserver(() => window.sawActivity(body.dataset.activity)).observe(body, { attributeFilter: ["data-activity"] });
  });
  await shoot("welcome");
  await step("connected", async () => {
    await page.click("#call");
    await page.waitForSelector('body[data-state="calling"], #problem:not([hidden])');
    if (await page.isVisible("#problem")) throw new Error(await page.innerText("#problem"));
  });
  await step("greeted", () => page.waitForSelector(".turn.agent .bubble"));
  await step("understood", () =>
    page.waitForFunction(
      (count) => document.querySelectorAll(".turn.caller:not(.waiting) .bubble").length >= count,
      Number(options["photo-after"]),
    ));
  if (options.order) {
    await step("order_typed", async () => {
      await answered();
      await type(options.order);
    });
  }
  await shoot("captions");
  await step("photo_sent", async () => {
    await page.setInputFiles("#camera", photo);
    await page.waitForSelector(".card.photo[data-photo]");
  });
  await step("photo_seen", () => page.waitForSelector(".card.photo[data-seen].annotated"));
  await shootCard(".card.photo", "photo");
  if (options.consent) {
    await step("consented", async () => {
      await answered();
      // Where the kind of damage was not understood, Ermu asks whether it is what the photo shows.
      if (!(await page.$(".card.decision"))) await type("对");
      await page.waitForSelector(".card.decision");
      await answered();
      await type(options.consent);
    });
  }
  await step("ticket", () => page.waitForSelector(".card.ticket[data-number]"));
  await shootCard(".card.ticket", "ticket");
  await step("hung_up", async () => {
    await page.click("#hang-up");
    await page.waitForSelector('body[data-state="ended"]');
  });
  await shoot("ended");
  if (!activities.has("speaking")) throw new Error("no sound came back");
  if (complaints.length) throw new Error("the page complained");
} catch (error) {
  failure = error.message;
  await shoot("failed").catch(() => {});
}

console.log(JSON.stringify({
  failure,
  times_s: times,
  agent: await texts(".turn.agent .bubble"),
  caller: await texts(".turn.caller:not(.waiting) .bubble"),
  tones: await texts(".tone"),
  photo: await texts(".card.photo .words, .card.photo .tags li"),
  decision: await texts(".card.decision .remedy strong, .card.decision .rule"),
  tickets: await texts(".card.ticket .number"),
  hand_off: await texts(".card.hand-off strong"),
  activities: [...activities],
  complaints,
}, null, 2));
await browser.close();
process.exit(failure ? 1 : 0);
