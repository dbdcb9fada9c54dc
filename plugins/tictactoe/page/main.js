// The start: open a room or go to one. The room is the address's fragment, so every room has a link.
const view = new RoomView();
const kMineShown = 3;

function roomOf(text) {
  const id = text.trim().split("#").pop().trim();
  return /^[a-z0-9]{4,32}$/i.test(id) ? id.toLowerCase() : "";
}

function ago(seconds) {
  if (seconds < 90) return "just now";
  return seconds < 5400 ? `${Math.round(seconds / 60)} min ago` : `${Math.round(seconds / 3600)} h ago`;
}

function entry(id, note) {
  const item = document.createElement("li"), link = document.createElement("a");
  const code = document.createElement("code"), about = document.createElement("span");
  link.href = `#${id}`;
  code.textContent = id;
  about.textContent = note;
  link.append(code, about);
  item.append(link);
  return item;
}

async function showTables() {
  const mine = myRooms();
  $("#mine").hidden = mine.length === 0;
  $("#mine ul").replaceChildren(...mine.slice(0, kMineShown).map(({ id, seat }) => entry(id, `you are ${seat}`)));
  const known = new Set(mine.map(({ id }) => id));
  try {
    const { rooms } = await server.openRooms();
    const open = rooms.filter(({ id }) => !known.has(id));
    $("#tables ul").replaceChildren(...open.map(({ id, age }) => entry(id, `opened ${ago(age)}`)));
    $("#no-tables").hidden = open.length > 0;
    say($("#lobby-message"), "");
  } catch (refused) {
    say($("#lobby-message"), refused.message);
  }
}

async function create(button, listed) {
  button.disabled = true;
  try {
    const { id } = await server.create(listed);
    const { seat, token } = await server.join(id);
    keepSeat(id, token, seat);
    location.hash = id;
  } catch (refused) {
    say($("#lobby-message"), refused.message);
  } finally {
    button.disabled = false;
  }
}

function route() {
  const id = roomOf(location.hash);
  $("#lobby").hidden = id !== "";
  if (id) {
    view.enter(id);
  } else {
    view.leave();
    showTables();
  }
}

$("#create").addEventListener("click", () => create($("#create"), false));
$("#create-listed").addEventListener("click", () => create($("#create-listed"), true));
$("#by-code").addEventListener("submit", (event) => {
  event.preventDefault();
  const id = roomOf($("#code").value);
  $("#code").setCustomValidity(id ? "" : "This is neither a link nor a code.");
  if (id) location.hash = id;
  else $("#code").reportValidity();
});
$("#code").addEventListener("input", () => $("#code").setCustomValidity(""));
addEventListener("hashchange", route);
document.addEventListener("visibilitychange", () => { if (!document.hidden && !$("#lobby").hidden) showTables(); });
route();
