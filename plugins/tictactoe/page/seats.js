// The seats this browser holds: room id -> {token, seat, at}. Kept in localStorage, so a reload keeps the seat.
const kSeatPrefix = "tictactoe.seat.";
const kKeepSeatsMs = 8 * 24 * 3600 * 1000;

const storage = (() => {
  try {
    localStorage.setItem("tictactoe.probe", "1");
    localStorage.removeItem("tictactoe.probe");
    return localStorage;
  } catch {  // storage is switched off: seats last as long as the tab
    const kept = new Map();
    return {
      getItem: (key) => kept.get(key) ?? null,
      setItem: (key, value) => kept.set(key, value),
      removeItem: (key) => kept.delete(key),
      key: (index) => [...kept.keys()][index] ?? null,
      get length() { return kept.size; },
    };
  }
})();

function seatIn(room) {
  try {
    return JSON.parse(storage.getItem(kSeatPrefix + room)) ?? null;
  } catch {
    return null;
  }
}

const keepSeat = (room, token, seat) =>
  storage.setItem(kSeatPrefix + room, JSON.stringify({ token, seat, at: Date.now() }));

const dropSeat = (room) => storage.removeItem(kSeatPrefix + room);

/** The rooms with a seat of ours, newest first; forgets those the server has forgotten by now. */
function myRooms() {
  const ids = [];
  for (let i = 0; i < storage.length; ++i) {
    const key = storage.key(i);
    if (key.startsWith(kSeatPrefix)) ids.push(key.slice(kSeatPrefix.length));
  }
  const rooms = ids.map((id) => ({ id, ...seatIn(id) }));
  for (const room of rooms) if (!(Date.now() - room.at < kKeepSeatsMs)) dropSeat(room.id);
  return rooms.filter((room) => Date.now() - room.at < kKeepSeatsMs).sort((a, b) => b.at - a.at);
}
