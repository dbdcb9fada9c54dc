// The way to the server. All addresses are relative to the page, so the game works under any prefix.
class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

async function call(method, path, body) {
  let response;
  try {
    response = await fetch(path, {
      method,
      headers: body === undefined ? {} : { "content-type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
      cache: "no-store",
    });
  } catch {
    throw new Refused(0, "The server can't be reached. Check your connection.");
  }
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refused(response.status, answer.error ?? `The server answered ${response.status}.`);
  return answer;
}

const server = {
  openRooms: () => call("GET", "rooms"),
  create: (listed) => call("POST", "rooms", { listed }),
  find: (room) => call("GET", `rooms/${encodeURIComponent(room)}`),
  join: (room, token = "") => call("POST", `rooms/${encodeURIComponent(room)}/join`, { token }),
  move: (room, token, cell) => call("POST", `rooms/${encodeURIComponent(room)}/moves`, { cell, token }),
  rematch: (room, token) => call("POST", `rooms/${encodeURIComponent(room)}/rematch`, { token }),
};

/**
 * A room's events for as long as the page is there. EventSource reconnects by itself after a broken connection, but
 * gives up when a reconnect is answered with an error (a restarting server behind a proxy): then we go on, less often.
 */
class Live {
  #source = null;
  #timer = 0;
  #delay = 0;
  #closed = false;
  #retry = () => this.#open();
  #onVisible = () => { if (!document.hidden && this.#source?.readyState !== EventSource.OPEN) this.#open(); };

  /** on: {state(room), connection("live" | "waiting" | "offline"), gone()} */
  constructor(room, on) {
    this.room = room;
    this.on = on;
    addEventListener("online", this.#retry);
    addEventListener("offline", this.#lost);
    document.addEventListener("visibilitychange", this.#onVisible);
    this.#open();
  }

  close() {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#source?.close();
    removeEventListener("online", this.#retry);
    removeEventListener("offline", this.#lost);
    document.removeEventListener("visibilitychange", this.#onVisible);
  }

  #lost = () => this.on.connection(navigator.onLine ? "waiting" : "offline");

  #open() {
    clearTimeout(this.#timer);
    this.#source?.close();
    this.#lost();
    const source = this.#source = new EventSource(`rooms/${encodeURIComponent(this.room)}/events`);
    source.onopen = () => { this.#delay = 0; this.on.connection("live"); };
    source.onerror = () => {
      this.#lost();
      if (source.readyState === EventSource.CLOSED) this.#later();
    };
    source.addEventListener("state", (event) => this.on.state(JSON.parse(event.data)));
    source.addEventListener("gone", () => this.on.gone());
  }

  async #later() {
    try {
      await server.find(this.room);
    } catch (refused) {
      if (this.#closed) return;
      if (refused.status === 404) return this.on.gone();
    }
    if (this.#closed) return;
    this.#delay = Math.min(15_000, this.#delay * 2 || 1_000);
    this.#timer = setTimeout(this.#retry, this.#delay);
  }
}
