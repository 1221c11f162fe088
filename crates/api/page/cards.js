// Draws the conversation: bubbles, photos, decisions, tickets. Text from outside goes in as text, never as markup.

import { pick, t } from "/words.js";

const TONE_AT_LEAST = 0.6;
const ANNOTATED_TRIES = 5;

/** Makes an element; children are elements or text. */
export function element(name, className, ...children) {
  const node = document.createElement(name);
  if (className) node.className = className;
  // What is said may be in another direction than the page: each text goes its own.
  if (["p", "li", "span", "strong"].includes(name)) node.dir = "auto";
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return node;
}

function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  return svg;
}

export class Conversation {
  #log;
  #enlarge;
  #photos = new Map();
  #early = new Map();
  #waiting = null;
  #pictures = 0;

  constructor(log, enlarge) {
    this.#log = log;
    this.#enlarge = enlarge;
  }

  clear() {
    this.#log.replaceChildren();
    this.#photos.clear();
    this.#early.clear();
    this.#waiting = null;
  }

  /** A bubble of what was said or typed. */
  caption({ speaker, text, emotion }) {
    if (speaker === "caller") this.#hideWaiting();
    const last = this.#log.lastElementChild;
    const follows = last?.classList.contains("turn") && last.classList.contains(speaker) && last !== this.#waiting;
    const turn = follows ? last : element("div", `turn ${speaker}`, element("span", "who", t(speaker === "caller" ? "you" : "ermu")));
    const tone = emotion && emotion.label !== "neutral" && emotion.probability >= TONE_AT_LEAST;
    turn.append(element("p", "bubble", text));
    if (tone) {
      turn.querySelector(".tone")?.remove();
      turn.append(element("span", `tone ${emotion.label}`, t(`tone_${emotion.label}`)));
    }
    if (!follows) this.#add(turn);
    this.#scroll();
  }

  /** Three dots while the caller speaks and until the words are there. */
  listening(voice) {
    if (voice && !this.#waiting) {
      this.#waiting = element("div", "turn caller waiting", element("p", "bubble", element("i"), element("i"), element("i")));
      this.#waiting.setAttribute("aria-hidden", "true");
      this.#log.append(this.#waiting);
      this.#scroll();
    }
  }

  /** Shows a photo that is being sent. Returns functions that tell its id, or that it failed. */
  photo(file) {
    const image = element("img");
    image.src = URL.createObjectURL(file);
    image.alt = "";
    const open = element("button", "open", element("div", "picture", image));
    open.type = "button";
    open.setAttribute("aria-label", t("enlarge"));
    open.addEventListener("click", () => this.#enlarge(image.src));
    const words = element("p", "words", element("span", "spinner"), element("span", "", t("uploading")));
    const card = element("figure", "card photo busy", open, element("figcaption", "", words));
    this.#add(card);
    image.addEventListener("load", () => this.#scroll());
    const entry = { card, image, words };
    return {
      sent: (id, address) => {
        card.dataset.photo = id;
        words.lastChild.textContent = t("looking");
        entry.address = address;
        this.#photos.set(id, entry);
        if (this.#early.has(id)) this.seen(this.#early.get(id));
      },
      failed: (why) => {
        card.classList.replace("busy", "failed");
        words.replaceChildren(icon("alert"), element("span", "", why));
      },
    };
  }

  /** A photo was looked at: its findings are drawn on it. */
  seen(notice) {
    const entry = this.#photos.get(notice.photo);
    // The answer to the upload may be overtaken by what was seen.
    if (!entry) return void this.#early.set(notice.photo, notice);
    const { card, image, words } = entry;
    card.classList.remove("busy");
    card.dataset.seen = String(notice.findings.length);
    const sentence = notice.words || notice.faults.map((fault) => t(`fault_${fault}`)).join(", ") || t("no_damage");
    words.replaceChildren(element("span", "", sentence));
    image.alt = sentence;
    card.querySelector(".tags")?.remove();
    const tags = notice.findings.map(({ kind, confidence, basis }) => {
      const label = `${t(`kind_${kind}`)} · ${t("sure").replace("{}", Math.min(99, Math.round(confidence * 100)))}`;
      return element("li", "", label, basis === "photo_alone" ? element("small", "", t("photo_alone")) : null);
    });
    if (tags.length) card.querySelector("figcaption").append(element("ul", "tags", ...tags));
    this.#draw(card, notice);
    this.#annotated(entry, card, ANNOTATED_TRIES);
    this.#scroll();
  }

  /** Boxes over the preview, until the server's picture is there. */
  #draw(card, { findings }) {
    const picture = card.querySelector(".picture");
    for (const box of picture.querySelectorAll(".box")) box.remove();
    for (const { region } of findings) {
      const box = element("span", "box");
      box.style.left = `${region.x * 100}%`;
      box.style.top = `${region.y * 100}%`;
      box.style.width = `${region.width * 100}%`;
      box.style.height = `${region.height * 100}%`;
      picture.append(box);
    }
  }

  #annotated(entry, card, tries) {
    const next = new Image();
    next.addEventListener("load", () => {
      URL.revokeObjectURL(entry.image.src);
      entry.image.src = next.src;
      card.classList.add("annotated");
    });
    next.addEventListener("error", () => {
      if (tries > 1) setTimeout(() => this.#annotated(entry, card, tries - 1), 400);
    });
    // A photo may be looked at again: each picture has an address of its own.
    next.src = `${entry.address}/annotated?${(this.#pictures += 1)}`;
  }

  decided({ decision }) {
    this.#add(element("article", `card decision ${decision.remedy}`, remedyLine(decision, icon("check")), element("p", "clause", pick(decision.clause)), ruleLine(decision)));
  }

  /** A ticket; the same number again replaces the card. */
  ticket({ ticket }) {
    const { number, order, decision, statements, promises, hand_off } = ticket;
    const copy = element("button", "copy", t("copy"));
    copy.type = "button";
    copy.addEventListener("click", async () => {
      await navigator.clipboard?.writeText(number);
      copy.textContent = t("copied");
    });
    const items = (texts) => element("ul", "", ...texts.map((text) => element("li", "", text)));
    const list = (title, texts) => (texts.length ? element("section", "", element("h3", "", t(title)), items(texts)) : null);
    const card = element(
      "article",
      "card ticket",
      element("header", "", icon("ticket"), element("div", "", element("span", "label", t("ticket")), element("strong", "number", number)), element("span", "badge", t("ticket_saved"))),
      order ? element("p", "line", element("span", "label", t("order")), element("span", "", order)) : null,
      decision ? element("div", "verdict", remedyLine(decision), ruleLine(decision)) : null,
      hand_off ? element("p", "line", element("span", "label", t("hand_off")), element("span", "", t(`hand_off_${hand_off}`))) : null,
      list("promised", promises.map(({ text }) => text)),
      statements.length
        ? element("details", "", element("summary", "label", `${t("noted")} (${statements.length})`), items(statements))
        : null,
      copy,
    );
    card.dataset.number = number;
    const before = [...this.#log.querySelectorAll(".card.ticket")].find((old) => old.dataset.number === number);
    before?.remove();
    this.#add(card);
  }

  handOff({ reason }) {
    this.#add(element("article", "card hand-off", icon("person"), element("div", "", element("strong", "", t("hand_off")), element("p", "", t(`hand_off_${reason}`)))));
  }

  /** The call is over: nothing is waited for any more. */
  finish(text) {
    this.#hideWaiting();
    for (const card of this.#log.querySelectorAll(".card.photo.busy")) {
      card.classList.remove("busy");
      card.querySelector(".words").replaceChildren(element("span", "", t("photo_kept")));
    }
    this.#add(element("p", "remark", text));
  }

  #add(node) {
    this.#log.append(node);
    if (this.#waiting) this.#log.append(this.#waiting);
    this.#scroll();
  }

  #hideWaiting() {
    this.#waiting?.remove();
    this.#waiting = null;
  }

  #scroll() {
    this.#log.scrollTo({ top: this.#log.scrollHeight });
  }
}

function remedyLine({ remedy }, mark) {
  return element("p", "remedy", mark, element("span", "label", t("decision")), element("strong", "", t(`remedy_${remedy}`)));
}

function ruleLine({ rule }) {
  return element("p", "rule", `${t("rule")} · ${rule}`);
}
