// The board: nine buttons in an ARIA grid. Draws a room's state; reports the cell somebody plays.
const kSvg = "http://www.w3.org/2000/svg";
const kMarks = {
  X: ["path", { d: "M5 5 15 15" }, "path", { d: "M15 5 5 15" }],
  O: ["circle", { cx: 10, cy: 10, r: 5.6, transform: "rotate(-90 10 10)" }],
};

function svg(name, attributes, ...children) {
  const element = document.createElementNS(kSvg, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

function drawMark(mark) {
  const shapes = [];
  for (let i = 0; i < kMarks[mark].length; i += 2) shapes.push(svg(kMarks[mark][i], kMarks[mark][i + 1]));
  return svg("svg", { viewBox: "0 0 20 20", "aria-hidden": "true" }, ...shapes);
}

const place = (cell) => `row ${Math.floor(cell / 3) + 1}, column ${cell % 3 + 1}`;

class Board {
  #grid = document.querySelector("#board");
  #cells = [];
  #focused = 4;

  constructor(onPlay) {
    for (let row = 0; row < 3; ++row) {
      const line = document.createElement("div");
      line.setAttribute("role", "row");
      for (let column = 0; column < 3; ++column) line.append(this.#makeCell(row * 3 + column, onPlay));
      this.#grid.append(line);
    }
    this.#grid.addEventListener("keydown", (event) => this.#onKey(event));
  }

  #makeCell(index, onPlay) {
    const cell = document.createElement("button");
    cell.type = "button";
    cell.dataset.cell = index;
    cell.setAttribute("role", "gridcell");
    cell.addEventListener("click", () => { if (cell.getAttribute("aria-disabled") !== "true") onPlay(index); });
    cell.addEventListener("focus", () => this.#rove(index));
    this.#cells.push(cell);
    return cell;
  }

  #rove(index) {
    this.#focused = index;
    this.#cells.forEach((cell, i) => { cell.tabIndex = i === index ? 0 : -1; });
  }

  #onKey(event) {
    const row = Math.floor(this.#focused / 3), column = this.#focused % 3;
    const target = {
      ArrowUp: [(row + 2) % 3, column], ArrowDown: [(row + 1) % 3, column],
      ArrowLeft: [row, (column + 2) % 3], ArrowRight: [row, (column + 1) % 3],
      Home: [row, 0], End: [row, 2],
    }[event.key];
    if (!target || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    this.#cells[target[0] * 3 + target[1]].focus();
  }

  focus() { this.#cells[this.#focused].focus({ preventScroll: true }); }

  /** `me`: "X", "O" or "" (a spectator); `pending`: a cell we have played and the server has not confirmed. */
  draw(state, me, pending = -1) {
    const mine = state.turn === me && state.status === "playing" && pending < 0;
    this.#grid.className = [mine && "mine", me && `as-${me.toLowerCase()}`, state.winner && "over"].filter(Boolean).join(" ");
    this.#cells.forEach((cell, i) => {
      const mark = i === pending ? me : state.board[i] === "." ? "" : state.board[i];
      this.#drawCell(cell, i, mark);
      cell.classList.toggle("pending", i === pending);
      cell.classList.toggle("last", i === state.last);
      cell.classList.toggle("win", state.line.includes(i));
      cell.setAttribute("aria-disabled", String(!mine || mark !== ""));
    });
    this.#rove(this.#focused);
    this.#drawLine(state);
  }

  #drawCell(cell, index, mark) {
    cell.setAttribute("aria-label", `${place(index)}, ${mark || "empty"}`);
    if (cell.dataset.mark === mark) return;
    const fresh = mark !== "";
    cell.dataset.mark = mark;
    cell.className = mark ? mark.toLowerCase() : "";
    cell.classList.toggle("new", fresh);
    cell.replaceChildren(...(mark ? [drawMark(mark)] : []));
  }

  #drawLine({ line, winner }) {
    const shown = this.#grid.querySelector("#win-line");
    if (shown?.dataset.line === line.join()) return;
    shown?.remove();
    if (!line.length) return;
    const center = (cell) => [cell % 3 * 33.9 + 16.1, Math.floor(cell / 3) * 33.9 + 16.1];
    const [[x1, y1], [x2, y2]] = [center(line[0]), center(line[2])];
    const stretch = (a, b) => (b - a) * 0.14;
    const stroke = svg("line", { x1: x1 - stretch(x1, x2), y1: y1 - stretch(y1, y2),
                                 x2: x2 + stretch(x1, x2), y2: y2 + stretch(y1, y2) });
    const overlay = svg("svg", { id: "win-line", viewBox: "0 0 100 100", class: winner.toLowerCase(), "aria-hidden": "true" }, stroke);
    overlay.dataset.line = line.join();
    this.#grid.append(overlay);
  }
}
