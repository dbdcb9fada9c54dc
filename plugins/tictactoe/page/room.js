// One room on the screen: who sits where, whose turn it is, what one can do next.
const $ = (selector) => document.querySelector(selector);

function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
  element.hidden = text === "";
}

const other = (mark) => (mark === "X" ? "O" : "X");

function headline(state, me) {
  switch (state.status) {
    case "waiting": return me ? "Waiting for your opponent" : "A seat is free";
    case "won": return me === "" ? `${state.winner} wins` : state.winner === me ? "You win!" : `${state.winner} wins this one`;
    case "draw": return "It’s a draw";
  }
  if (me === "") return `${state.turn} to move`;
  return state.turn === me ? "Your turn" : `${other(me)} is thinking…`;
}

/** What a screen reader hears when the state changes. */
function announcement(state, me) {
  const mover = state.last === null ? "" : state.board[state.last];
  const moved = mover === "" || mover === me ? "" : `${mover} took ${place(state.last)}. `;
  return moved + headline(state, me) + ".";
}

class RoomView {
  #state = null;
  #me = "";
  #pending = -1;
  #live = null;
  #gone = false;
  #board = new Board((cell) => this.#play(cell));

  constructor() {
    $("#take-seat").addEventListener("click", () => this.#act($("#take-seat"), () => this.#sit()));
    $("#rematch").addEventListener("click", () => this.#act($("#rematch"), () => this.#rematch()));
    $("#copy").addEventListener("click", () => this.#copy());
    $("#link").addEventListener("focus", () => $("#link").select());
  }

  async enter(id) {
    this.leave();
    this.id = id;
    this.#me = seatIn(id)?.seat ?? "";
    $("#link").value = `${location.origin}${location.pathname}#${id}`;
    $("#room").hidden = false;
    say($("#status"), "Opening the room…");
    this.#live = new Live(id, {
      state: (state) => this.#receive(state),
      connection: (how) => this.#connection(how),
      gone: () => this.#close(),
    });
  }

  leave() {
    this.#live?.close();
    this.#live = this.#state = null;
    this.#pending = -1;
    this.#gone = false;
    this.#me = "";
    say($("#room-message"), "");
    for (const part of ["#room", "#share", "#take-seat", "#rematch", "#leave", "#connection"]) $(part).hidden = true;
    document.title = "Tic-tac-toe";
  }

  #receive(state) {
    if (state.id !== this.id || (this.#state && state.version < this.#state.version)) return;
    const news = this.#state?.version !== state.version;
    const first = !this.#state;
    this.#state = state;
    if (news && this.#pending >= 0 && state.board[this.#pending] !== ".") this.#pending = -1;
    if (news) say($("#room-message"), "");
    this.#draw();
    if (news) say($("#announcement"), announcement(state, this.#me));
    if (first && this.#me && document.activeElement === document.body) this.#board.focus();
  }

  #draw() {
    const state = this.#state, me = this.#me, waiting = state.status === "waiting";
    const over = state.status === "won" || state.status === "draw";
    this.#board.draw(state, me, this.#pending);
    const text = this.#pending >= 0 ? `${other(me)} is thinking…` : headline(state, me);
    say($("#status"), text);
    document.title = `${text} · Tic-tac-toe`;
    this.#drawSeat("X", state);
    this.#drawSeat("O", state);
    $(".draws .wins").textContent = state.score.draws;
    $("#share").hidden = !(waiting && me);
    $("#take-seat").hidden = !(waiting && !me);
    $("#take-seat").textContent = `Play as ${state.seats.x ? "O" : "X"}`;
    $("#rematch").hidden = !(over && me);
  }

  #drawSeat(mark, state) {
    const seat = $(`.seat.${mark.toLowerCase()}`);
    const who = !state.seats[mark.toLowerCase()] ? "free" : mark === this.#me ? "You" : this.#me ? "Them" : "Player";
    seat.querySelector(".who").textContent = who;
    seat.querySelector(".wins").textContent = state.score[mark.toLowerCase()];
    seat.classList.toggle("turn", state.status === "playing" && state.turn === mark);
  }

  #connection(how) {
    if (this.#gone) return;
    $("#connection").hidden = false;
    if ($("#connection").dataset.state === how) return;
    $("#connection").dataset.state = how;
    $("#connection").textContent = { live: "Live", waiting: "Reconnecting…", offline: "You are offline" }[how];
  }

  async #play(cell) {
    this.#pending = cell;
    this.#draw();
    try {
      this.#receive(await server.move(this.id, seatIn(this.id)?.token ?? "", cell));
    } catch (refused) {
      this.#pending = -1;
      await this.#refused(refused);
    }
  }

  async #sit() {
    const { seat, token, room } = await server.join(this.id);
    if (token) keepSeat(this.id, token, seat);
    this.#me = token ? seat : "";
    if (!token) say($("#room-message"), "Somebody was faster: both seats are taken. You can watch.");
    this.#state = null;
    this.#receive(room);
    this.#board.focus();
  }

  async #rematch() {
    this.#receive(await server.rematch(this.id, seatIn(this.id)?.token ?? ""));
    this.#board.focus();
  }

  async #act(button, work) {
    button.disabled = true;
    try {
      await work();
    } catch (refused) {
      await this.#refused(refused);
    } finally {
      button.disabled = false;
    }
  }

  /** Shows why, and the room as it really is. */
  async #refused(refused) {
    if (refused.status === 404) return this.#close();
    if (refused.status === 409) await server.find(this.id).then((state) => this.#receive(state), () => {});
    if (refused.status === 403) { dropSeat(this.id); this.#me = ""; }
    if (this.#state) this.#draw();
    say($("#room-message"), refused.message);
  }

  #close() {
    this.#gone = true;
    this.#live?.close();
    dropSeat(this.id);
    for (const part of ["#share", "#take-seat", "#rematch", "#connection"]) $(part).hidden = true;
    $("#leave").hidden = false;
    say($("#status"), "This room is gone");
    say($("#room-message"), "Rooms are cleared away when nobody plays for some days, or the link is incomplete.");
  }

  async #copy() {
    const link = $("#link");
    try {
      await navigator.clipboard.writeText(link.value);
    } catch {  // plain http on another machine has no clipboard API
      link.select();
      document.execCommand("copy");
    }
    $("#copy").textContent = "Copied";
    setTimeout(() => { $("#copy").textContent = "Copy"; }, 2000);
  }
}
