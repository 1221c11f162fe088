// One call: microphone, WebRTC, the data channel, and the requests that belong to it. Knows nothing of the page.

const GATHERING_LIMIT_MS = 2000;
const SETUP_LIMIT_MS = 20000;
const RECOVERY_LIMIT_MS = 12000;

/** Why a call did not work: `kind` is a key of the page's words. */
export class CallError extends Error {
  constructor(kind, message = "") {
    super(message || kind);
    this.kind = kind;
  }
}

export class Call extends EventTarget {
  #connection = null;
  #channel = null;
  #microphone = null;
  #address = null;
  #recovery = 0;
  #over = false;

  /**
   * Calls. Resolves once sound can flow; rejects with a CallError. Events: `notice` (detail: the notice), `sound`
   * (detail: the MediaStream of the answers), `unstable`, `recovered`, `over` (detail: null if the other side hung up,
   * else the kind of error).
   */
  async start(language) {
    if (!navigator.mediaDevices?.getUserMedia) throw new CallError("insecure");
    try {
      this.#microphone = await openMicrophone();
      this.#alive();
      await this.#connect(language);
    } catch (error) {
      this.hangUp();
      throw error instanceof CallError ? error : new CallError("failed", String(error));
    }
  }

  /** The session's id, once the server has accepted the call. */
  get session() {
    return this.#address?.split("/").pop();
  }

  set muted(muted) {
    for (const track of this.#microphone?.getAudioTracks() ?? []) track.enabled = !muted;
  }

  /** Sends a typed message; false if there is no line for it. */
  say(text) {
    if (this.#channel?.readyState !== "open") return false;
    this.#channel.send(JSON.stringify({ type: "text", text }));
    return true;
  }

  /** Sends a photo into the call and returns its id. Throws a CallError. */
  async sendPhoto(file) {
    const form = new FormData();
    form.append("photo", file, file.name || "photo.jpg");
    const response = await request(`/v1/sessions/${this.session}/photos`, { method: "POST", body: form });
    if (response.ok) return (await response.json()).photo;
    const kinds = { 413: "photo_too_large", 415: "photo_unreadable", 429: "photo_too_many", 503: "busy" };
    throw new CallError(kinds[response.status] ?? "photo_failed");
  }

  /** Ends the call from this side. May be called at any time, and twice. */
  hangUp() {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#recovery);
    // `keepalive`: the request is sent although the page may be on its way out.
    if (this.#address) fetch(this.#address, { method: "DELETE", keepalive: true }).catch(() => {});
    for (const track of this.#microphone?.getTracks() ?? []) track.stop();
    this.#connection?.close();
  }

  async #connect(language) {
    const connection = (this.#connection = new RTCPeerConnection());
    const connected = this.#watch(connection);
    connected.catch(() => {}); // It is awaited below; an earlier failure is reported instead of it.
    connection.addEventListener("track", ({ streams, track }) => {
      this.#emit("sound", streams[0] ?? new MediaStream([track]));
    });
    this.#channel = connection.createDataChannel("ermu");
    this.#channel.addEventListener("message", ({ data }) => this.#receive(data));
    this.#channel.addEventListener("close", () => this.#end(null));
    for (const track of this.#microphone.getTracks()) connection.addTrack(track, this.#microphone);

    await connection.setLocalDescription();
    await gathered(connection);
    this.#alive();
    const response = await request(`/v1/calls?lang=${language}`, {
      method: "POST",
      headers: { "Content-Type": "application/sdp", ...callerPass() },
      body: connection.localDescription.sdp,
    });
    if (response.status === 503) throw new CallError("busy");
    if (!response.ok) throw new CallError("refused_by_server", await reason(response));
    this.#address = response.headers.get("Location");
    if (this.#over) {
      // Hung up while the offer was on its way.
      fetch(this.#address, { method: "DELETE", keepalive: true }).catch(() => {});
      throw new CallError("ended");
    }
    await connection.setRemoteDescription({ type: "answer", sdp: await response.text() });
    await connected;
  }

  /** Follows the state of the connection; the promise settles when it first works or fails. */
  #watch(connection) {
    return new Promise((resolve, reject) => {
      const limit = setTimeout(() => reject(new CallError("failed")), SETUP_LIMIT_MS);
      let worked = false;
      connection.addEventListener("connectionstatechange", () => {
        const state = connection.connectionState;
        if (state === "connected") {
          clearTimeout(limit);
          clearTimeout(this.#recovery);
          if (worked) this.#emit("recovered");
          worked = true;
          resolve();
        } else if (state === "disconnected" && worked) {
          this.#emit("unstable");
          this.#recovery = setTimeout(() => this.#end("dropped"), RECOVERY_LIMIT_MS);
        } else if (state === "failed") {
          clearTimeout(limit);
          if (worked) this.#end("dropped");
          else reject(new CallError("failed"));
        }
      });
    });
  }

  #receive(data) {
    let notice;
    try {
      notice = JSON.parse(data);
    } catch {
      return;
    }
    this.#emit("notice", notice);
  }

  #end(kind) {
    if (this.#over) return;
    this.hangUp();
    this.#emit("over", kind);
  }

  #alive() {
    if (this.#over) throw new CallError("ended");
  }

  #emit(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

async function openMicrophone() {
  const audio = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
  try {
    return await navigator.mediaDevices.getUserMedia({ audio });
  } catch (error) {
    const refused = error.name === "NotAllowedError" || error.name === "SecurityError";
    throw new CallError(refused ? "refused" : "no_microphone", String(error));
  }
}

/** Waits for the network paths, but not for a slow resolver: those found so far are in the offer. */
function gathered(connection) {
  return new Promise((resolve) => {
    const check = () => connection.iceGatheringState === "complete" && resolve();
    connection.addEventListener("icegatheringstatechange", check);
    setTimeout(resolve, GATHERING_LIMIT_MS);
    check();
  });
}

async function request(address, options) {
  try {
    return await fetch(address, options);
  } catch (error) {
    throw new CallError("offline", String(error));
  }
}

async function reason(response) {
  try {
    return (await response.json()).error.message;
  } catch {
    return `HTTP ${response.status}`;
  }
}

/** The pass of a customer whom the shop's site has signed in: `…/#pass=…`. It counts once and is taken off the address. */
function callerPass() {
  const pass = new URLSearchParams(location.hash.slice(1)).get("pass");
  if (!pass) return {};
  history.replaceState(null, "", location.pathname + location.search);
  return { "Ermu-Caller-Pass": pass };
}
