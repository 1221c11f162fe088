// A customer with a real browser: calls, speaks from a WAV file, sends a photo, and waits for the ticket card.
// Prints what was seen as JSON; screenshots go to the output folder. Exits with 1 and a reason if anything is missing.
//
//   node call.mjs --url http://127.0.0.1:8080/ --wav speech.wav --photo mug.jpg --out shots [--language zh|en]
//     [--view phone|desktop] [--photo-after 1] [--timeout-s 120] [--chromium /usr/bin/chromium]

import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";

const { values: options } = parseArgs({
  options: {
    url: { type: "string" },
    wav: { type: "string" },
    photo: { type: "string" },
    out: { type: "string" },
    language: { type: "string", default: "zh" },
    view: { type: "string", default: "phone" },
    // How many captions of the caller to wait for before the photo is sent.
    "photo-after": { type: "string", default: "1" },
    "timeout-s": { type: "string", default: "120" },
    chromium: { type: "string", default: "/usr/bin/chromium" },
  },
});
for (const needed of ["url", "wav", "photo", "out"]) {
  if (!options[needed]) {
    console.error(`--${needed} is missing`);
    process.exit(2);
  }
}
mkdirSync(options.out, { recursive: true });

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
    `--use-file-for-fake-audio-capture=${resolve(options.wav)}%noloop`,
  ],
});
const context = await browser.newContext({
  ...VIEWS[options.view],
  locale: options.language === "en" ? "en-US" : "zh-CN",
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
const shoot = (name) => page.screenshot({ path: join(options.out, `${name}.png`) });
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

let failure = null;
try {
  await step("page", () => page.goto(options.url));
  await page.evaluate(() => {
    const body = document.body;
    new MutationObserver(() => window.sawActivity(body.dataset.activity)).observe(body, { attributeFilter: ["data-activity"] });
  });
  await shoot("1-welcome");
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
  await shoot("2-captions");
  await step("photo_sent", async () => {
    await page.setInputFiles("#camera", options.photo);
    await page.waitForSelector(".card.photo[data-photo]");
  });
  await step("photo_seen", () => page.waitForSelector(".card.photo[data-seen].annotated"));
  await page.waitForTimeout(400); // The card slides in.
  await shoot("3-photo");
  await step("ticket", () => page.waitForSelector(".card.ticket[data-number]"));
  await page.waitForTimeout(400);
  await shoot("4-ticket");
  await step("hung_up", async () => {
    await page.click("#hang-up");
    await page.waitForSelector('body[data-state="ended"]');
  });
  await shoot("5-ended");
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
