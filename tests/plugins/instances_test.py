"""Two servers, one Redis, nginx in front: people on different instances play one game."""
import os
import sys
import unittest
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
import browser_test  # noqa: E402
import webdriver  # noqa: E402
from game_server import Events, GameServer, Player, create, harness, request  # noqa: E402
from nginx import NGINX, Nginx  # noqa: E402
from redis_server import REDIS, RedisServer  # noqa: E402


class House:
    """Redis, two instances and nginx; its url is nginx's."""

    def __init__(self):
        self.redis = RedisServer().start()
        self.one, self.two = (GameServer(state=self.redis.url).start() for _ in range(2))
        self.folder = harness.folder()
        self.nginx = Nginx(self.folder.__enter__(), self.one, self.two).__enter__()
        self.url = f"http://127.0.0.1:{self.nginx.port}/"

    def close(self):
        self.nginx.__exit__(None, None, None)
        self.folder.__exit__(None, None, None)
        for server in (self.one, self.two):
            server.close()
        self.redis.close()


class Instances(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.house = House()
        cls.addClassCleanup(cls.house.close)

    def events(self, server, room):
        stream = Events(server, room)
        self.addCleanup(stream.close)
        return stream

    def see(self, stream, version):
        event = stream.next()
        self.assertEqual((event["event"], event["id"]), ("state", str(version)))

    def test_one_game_on_two_instances_is_live_for_everyone(self):
        house = self.house
        room = create(house)
        x, o = Player(house.one, room), Player(house.two, room)
        self.assertEqual((x.seat, o.seat), ("X", "O"))
        viewers = [self.events(server, room) for server in (house.one, house.two, house)]
        for viewer in viewers:
            self.see(viewer, 3)
        for version, (player, cell) in enumerate(((x, 0), (o, 3), (x, 1), (o, 4), (x, 2)), 4):
            self.assertEqual(player.move(cell).status, 200)
            for viewer in viewers:
                self.see(viewer, version)
        ends = [request("GET", f"{server.url}rooms/{room}").json for server in (house.one, house.two)]
        self.assertEqual(ends[0], ends[1])
        self.assertEqual((ends[0]["status"], ends[0]["winner"]), ("won", "X"))

    def test_requests_through_nginx_meet_both_instances_and_nobody_notices(self):
        room = create(self.house)
        x, o = Player(self.house, room), Player(self.house, room)
        for player, cell in ((x, 4), (o, 0), (x, 2), (o, 8), (x, 6)):
            self.assertEqual(player.move(cell).status, 200)

    def test_of_racing_moves_on_two_instances_exactly_one_is_made(self):
        with ThreadPoolExecutor(8) as pool:
            for _ in range(10):
                room = create(self.house)
                here = Player(self.house.one, room)
                there = Player(self.house.two, room, here.token)
                Player(self.house.two, room)
                answers = list(pool.map(lambda n: (here if n % 2 else there).move(4), range(8)))
                self.assertEqual(sorted(a.status for a in answers), [200] + [409] * 7)
                self.assertEqual(request("GET", f"{self.house.url}rooms/{room}").json["moves"], 1)

    def test_of_racing_guests_on_two_instances_two_get_a_seat(self):
        with ThreadPoolExecutor(8) as pool:
            room = create(self.house)
            servers = [self.house.one, self.house.two] * 4
            seats = [p.seat for p in pool.map(lambda server: Player(server, room), servers)]
            self.assertEqual(sorted(seats), ["O", "X"] + ["spectator"] * 6)

    def test_without_redis_the_game_says_so_and_goes_on_when_it_is_back(self):
        house = self.house
        room = create(house)
        x, o = Player(house.one, room), Player(house.two, room)
        viewer = self.events(house.two, room)
        self.see(viewer, 3)
        house.redis.stop()
        for server in (house.one, house.two):
            refused = harness.wait_until(
                lambda: (a := request("GET", f"{server.url}rooms/{room}")).status != 200 and a, what="a refusal")
            self.assertEqual((refused.status, refused.json["code"]), (503, "store_unavailable"), refused.text)
            self.assertEqual(refused.headers["retry-after"], "5")
        house.redis.start()
        harness.wait_until(lambda: x.move(4).status == 200, what="a move after Redis is back")
        harness.wait_until(lambda: o.move(0).status == 200, what="a move on the other instance")
        seen = viewer.next()
        while seen["id"] != "5":
            seen = viewer.next()


class Browsers(browser_test.TwoBrowsers):
    """One of the browsers' tests is enough here: it is a whole game."""

    @staticmethod
    def serve():
        return House()


def load_tests(loader, _tests, _pattern):
    suite = loader.loadTestsFromTestCase(Instances)
    if not webdriver.missing():
        suite.addTest(Browsers("test_two_people_play_a_whole_game_and_another"))
    return suite


if __name__ == "__main__":
    if not REDIS or not NGINX:
        print("SKIPPED: redis-server or nginx is not installed")
        sys.exit(77)
    unittest.main()
