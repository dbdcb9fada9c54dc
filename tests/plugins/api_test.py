"""The game's API over the real server."""
import base64
import hashlib
import re
import unittest

from game_server import Events, GameServer, Player, create, harness, request


class Api(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = GameServer(prefix="/game").start()
        cls.addClassCleanup(cls.server.close)

    def room(self):
        room = create(self.server)
        return room, Player(self.server, room), Player(self.server, room)

    def refused(self, answer, status, code):
        self.assertEqual((answer.status, answer.json.get("code")), (status, code), answer.text)
        self.assertTrue(answer.json["error"])

    def test_a_new_room_waits_for_players_at_its_location(self):
        answer = request("POST", self.server.url + "rooms", {})
        self.assertEqual(answer.status, 201)
        self.assertEqual(answer.headers["location"], f"/game/rooms/{answer.json['id']}")
        found = request("GET", f"{self.server.url}rooms/{answer.json['id']}")
        self.assertEqual(found.json, answer.json)
        self.assertEqual(found.json, {
            "id": answer.json["id"], "version": 1, "round": 1, "status": "waiting", "board": ".........", "turn": "X",
            "winner": None, "line": [], "last": None, "moves": 0, "seats": {"x": False, "o": False},
            "score": {"x": 0, "o": 0, "draws": 0}})

    def test_a_body_may_be_left_out_where_nothing_is_needed(self):
        room = request("POST", self.server.url + "rooms")
        self.assertEqual(room.status, 201)
        self.assertEqual(request("POST", f"{self.server.url}rooms/{room.json['id']}/join").json["seat"], "X")

    def test_two_get_a_seat_and_the_third_watches(self):
        room, x, o = self.room()
        third = Player(self.server, room)
        self.assertEqual((x.seat, o.seat, third.seat), ("X", "O", "spectator"))
        self.assertEqual(third.token, "")
        self.assertNotEqual(x.token, o.token)
        self.assertGreaterEqual(len(x.token), 26)
        self.assertEqual(Player(self.server, room, o.token).seat, "O")
        self.refused(request("POST", f"{self.server.url}rooms/{room}/join", {"token": "guess"}), 403, "wrong_token")

    def test_no_answer_but_the_players_own_shows_a_token(self):
        room, x, o = self.room()
        seen = request("GET", f"{self.server.url}rooms/{room}").text + x.move(0).text
        self.assertNotIn(x.token, seen)
        self.assertNotIn(o.token, seen)

    def test_a_whole_game(self):
        room, x, o = self.room()
        for player, cell in ((x, 0), (o, 3), (x, 1), (o, 4)):
            self.assertEqual(player.move(cell).json["status"], "playing")
        won = x.move(2).json
        self.assertEqual((won["status"], won["winner"], won["line"], won["last"], won["turn"]),
                         ("won", "X", [0, 1, 2], 2, None))
        self.assertEqual(won["score"], {"x": 1, "o": 0, "draws": 0})
        self.refused(o.move(5), 409, "game_over")
        again = o.rematch()
        self.assertEqual((again.status, again.json["round"], again.json["turn"]), (200, 2, "O"))
        self.refused(x.rematch(), 409, "game_not_over")

    def test_illegal_moves_have_their_codes(self):
        room = create(self.server)
        x = Player(self.server, room)
        self.refused(x.move(0), 409, "waiting_for_opponent")
        o = Player(self.server, room)
        self.refused(o.move(0), 409, "not_your_turn")
        self.refused(x.move(9), 422, "bad_cell")
        self.refused(x.move(-1), 422, "bad_cell")
        self.assertEqual(x.move(0).status, 200)
        self.refused(o.move(0), 409, "cell_taken")
        o.token = "x" * 26
        self.refused(o.move(1), 403, "wrong_token")
        o.token = ""
        self.refused(o.move(1), 403, "wrong_token")

    def test_an_unknown_room_is_404_everywhere(self):
        url = self.server.url + "rooms/nosuchroom"
        self.refused(request("GET", url), 404, "no_such_room")
        self.refused(request("GET", url + "/events"), 404, "no_such_room")
        self.refused(request("POST", url + "/join", {}), 404, "no_such_room")
        self.refused(request("POST", url + "/moves", {"cell": 0, "token": "t"}), 404, "no_such_room")
        self.refused(request("POST", url + "/rematch", {"token": "t"}), 404, "no_such_room")

    def test_bodies_that_do_not_fit_are_refused(self):
        room, x, _ = self.room()
        url = f"{self.server.url}rooms/{room}/moves"
        self.assertEqual(request("POST", url, "{").status, 400)
        self.assertEqual(request("POST", url, {"cell": "0", "token": x.token}).status, 422)
        self.assertEqual(request("POST", url, {"cell": 2**40, "token": x.token}).status, 422)
        self.assertEqual(request("POST", url, "cell=0", {"content-type": "text/plain"}).status, 415)
        self.assertEqual(request("POST", url, {"cell": 0, "token": "x" * 100_000}).status, 413)
        self.assertEqual(request("DELETE", url).status, 405)
        self.assertEqual(request("GET", f"{self.server.url}rooms/{room}").json["moves"], 0)

    def test_the_state_has_an_etag(self):
        room, x, _ = self.room()
        url = f"{self.server.url}rooms/{room}"
        tag = request("GET", url).headers["etag"]
        self.assertEqual(request("GET", url, headers={"if-none-match": tag}).status, 304)
        x.move(0)
        self.assertEqual(request("GET", url, headers={"if-none-match": tag}).status, 200)

    def test_the_lobby_lists_what_wants_to_be_listed(self):
        private, listed = create(self.server), create(self.server, listed=True)
        ids = [room["id"] for room in request("GET", self.server.url + "rooms").json["rooms"]]
        self.assertIn(listed, ids)
        self.assertNotIn(private, ids)
        Player(self.server, listed), Player(self.server, listed)
        self.assertNotIn(listed, [room["id"] for room in request("GET", self.server.url + "rooms").json["rooms"]])

    def test_every_viewer_sees_every_move(self):
        room, x, o = self.room()
        viewers = [Events(self.server, room) for _ in range(12)]
        for viewer in viewers:
            self.addCleanup(viewer.close)
            self.assertEqual(viewer.next()["event"], "state")
        moved = x.move(4)
        for viewer in viewers:
            event = viewer.next()
            self.assertEqual(event["id"], str(moved.json["version"]))
            self.assertEqual(event["data"], moved.text)
        self.assertTrue(viewers[0].headers["content-type"].startswith("text/event-stream"))

    def test_a_reconnecting_viewer_gets_only_news(self):
        room, x, o = self.room()
        version = x.move(0).json["version"]
        current = Events(self.server, room, last_event_id=str(version))
        behind = Events(self.server, room, last_event_id=str(version - 1))
        for viewer in (current, behind):
            self.addCleanup(viewer.close)
        self.assertEqual(behind.next()["id"], str(version))
        o.move(1)
        self.assertEqual(current.next()["id"], str(version + 1))
        self.assertEqual(behind.next()["id"], str(version + 1))

    def test_the_page_is_found_without_its_slash_too(self):
        answer = request("GET", self.server.url.rstrip("/") + "?x=1")
        self.assertEqual((answer.status, answer.headers["location"]), (308, "game/?x=1"))

    def test_the_page_allows_exactly_its_own_style_and_script(self):
        page = request("GET", self.server.url)
        self.assertTrue(page.headers["content-type"].startswith("text/html"))
        for tag, directive in (("style", "style-src"), ("script", "script-src")):
            part = re.search(rf"<{tag}[^>]*>(.*?)</{tag}>", page.text, re.S)[1]
            digest = base64.b64encode(hashlib.sha256(part.encode()).digest()).decode()
            self.assertIn(f"{directive} 'sha256-{digest}'", page.headers["content-security-policy"])
        self.assertEqual(page.headers["x-content-type-options"], "nosniff")
        again = request("GET", self.server.url, headers={"if-none-match": page.headers["etag"]})
        self.assertEqual((again.status, again.text), (304, ""))


class Lives(unittest.TestCase):
    def start(self, **options):
        server = GameServer(**options).start()
        self.addCleanup(server.close)
        return server

    def test_games_survive_a_restart(self):
        server = self.start()
        room = create(server)
        x, o = Player(server, room), Player(server, room)
        before = x.move(4).json
        server.stop()
        server.start()
        self.assertEqual(request("GET", f"{server.url}rooms/{room}").json, before)
        self.assertEqual(o.move(0).status, 200)

    def test_two_servers_share_a_file(self):
        here = self.start()
        there = self.start(state=here.settings["state"])
        room = create(here)
        x, o = Player(here, room), Player(there, room)
        self.assertEqual((x.seat, o.seat), ("X", "O"))
        self.assertEqual(o.move(0).json["code"], "not_your_turn")
        for player, cell in ((x, 0), (o, 3), (x, 1), (o, 4), (x, 2)):
            self.assertEqual(player.move(cell).status, 200)
        self.assertEqual(request("GET", f"{there.url}rooms/{room}").json["winner"], "X")

    def test_rooms_are_limited(self):
        server = self.start(max_rooms=1)
        create(server)
        full = request("POST", server.url + "rooms", {})
        self.assertEqual((full.status, full.json["code"]), (503, "too_many_rooms"))
        self.assertTrue(full.headers["retry-after"].isdigit())

    def test_a_shutdown_ends_the_streams(self):
        server = self.start()
        viewer = Events(server, create(server))
        self.addCleanup(viewer.close)
        self.assertEqual(viewer.next()["event"], "state")
        server.stop()
        self.assertIsNone(viewer.next())

    def test_a_start_and_an_end_without_complaints(self):
        server = self.start()
        create(server)
        server.stop()
        self.assertNotRegex(server.said, r"error|warn(?!\[W4021\])")  # the tests may run as root

    def test_memory_is_a_store_too(self):
        server = self.start(state="sqlite::memory:")
        room = create(server)
        self.assertEqual(Player(server, room).seat, "X")

    def test_wrong_settings_end_the_start_with_a_sentence(self):
        for settings, sentence in (({"state": "file:x"}, "names no store"), ({"state": "redis://"}, "has no host"),
                                   ({"state": "sqlite:/nowhere/game.db"}, "unable to open database file"),
                                   ({"max_rooms": 0}, "max_rooms"), ({"max_room": 5}, "max_room")):
            with self.subTest(settings=settings):
                server = GameServer(**settings)
                self.addCleanup(server.close)
                ended = harness.run("--config", server.config(), "--listen", "127.0.0.1:0")
                self.assertNotEqual(ended.returncode, 0)
                self.assertIn(sentence, ended.stderr)


if __name__ == "__main__":
    unittest.main()
