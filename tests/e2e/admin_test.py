"""The admin listener: metrics that add up, health that is true, a token that is asked for."""
import http.client
import json
import re
import signal
import tempfile
import threading
import unittest
from pathlib import Path

import prometheus
from harness import Server, app, wait_until


class Watched(Server):
    def __init__(self, *args, **options):
        super().__init__(*args, "--admin-listen", "127.0.0.1:0", **options)

    def ask(self, path, **headers):
        port = int(self.wait_for_output(r"\badmin\s+http://[\d.]+:(\d+)")[1])
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def metrics(self):
        status, text = self.ask("/metrics")
        assert status == 200, text
        return prometheus.parse(text)

    def status(self):
        return json.loads(self.ask("/status.json")[1])


class Metrics(unittest.TestCase):
    def test_they_add_up_under_load_over_two_loops(self):
        with Watched("--threads", "2", "--mount", f"/={app('hello')}", "--mount", f"/echo={app('echo')}") as server:
            def load(count):
                for i in range(count):
                    with server.connect() as client:
                        client.send_request("GET", "/")
                        client.read_response()
                        client.send_request("GET", "/nowhere" if i % 10 == 0 else "/hello/me")
                        client.read_response()

            threads = [threading.Thread(target=load, args=(50,)) for _ in range(8)]
            for thread in threads:
                thread.start()
            before = 0
            while any(thread.is_alive() for thread in threads):
                now = prometheus.total(server.metrics(), "appserve_requests_total")
                self.assertGreaterEqual(now, before, "a counter never falls")
                before = now
            for thread in threads:
                thread.join()
            samples = server.metrics()
            count = lambda **labels: prometheus.total(samples, "appserve_requests_total", **labels)
            self.assertEqual(count(), 800)
            self.assertEqual(count(route="/", status="2xx"), 400)
            self.assertEqual(count(route="/hello/{name}", status="2xx"), 360)
            self.assertEqual(count(route="", status="4xx"), 40)
            self.assertEqual(count(app="/"), 800)
            self.assertEqual(prometheus.total(samples, "appserve_request_duration_seconds_count"), 800)
            self.assertEqual(prometheus.total(samples, "appserve_request_duration_seconds_bucket", le="+Inf"), 800)
            self.assertEqual(prometheus.total(samples, "appserve_requests_in_flight"), 0)
            self.assertEqual(prometheus.total(samples, "appserve_connections_accepted_total"), 400)
            wait_until(lambda: prometheus.total(server.metrics(), "appserve_connections") == 0, what="no connections")
            loops = {dict(labels)["loop"] for (name, labels) in samples if name == "appserve_loop_lag_seconds"}
            self.assertEqual(loops, {"0", "1"})
            self.assertGreater(prometheus.total(samples, "appserve_worker_resident_memory_bytes"), 1e6)

    def test_what_is_in_flight_is_seen_with_its_route_and_age(self):
        with Watched(app("probe", "create_app"), "--call", "--shutdown-grace", "0s") as server:
            with server.connect() as client:
                client.send_request("GET", "/wait?a&amp;b")
                flight = wait_until(lambda: [f for f in server.status()["in_flight"] if f["route"]], what="it in flight")[0]
                self.assertEqual((flight["method"], flight["target"], flight["app"], flight["route"]),
                                 ("GET", "/wait?a&amp;b", "/", "/wait"))
                self.assertEqual(prometheus.total(server.metrics(), "appserve_requests_in_flight", route="/wait"), 1)
                older = wait_until(lambda: [f for f in server.status()["in_flight"] if f["age_ms"] > flight["age_ms"]],
                                   what="it growing older")
                self.assertEqual(older[0]["id"], flight["id"])

    def test_refused_and_failed_requests_are_counted_and_become_events(self):
        with Watched(app("probe", "create_app"), "--call") as server:
            with server.connect() as client:
                client.send(b"garbage\r\n\r\n")
                client.read_response()
            server.get("/throw")
            wait_until(lambda: prometheus.total(server.metrics(), "appserve_requests_total", status="5xx") == 1)
            samples = server.metrics()
            self.assertEqual(prometheus.total(samples, "appserve_requests_unfinished_total", why="refused"), 1)
            events = server.status()["events"]
            self.assertTrue(any("E5001" in event["text"] and event["level"] == 2 for event in events), events)


class Health(unittest.TestCase):
    def test_an_app_says_that_it_is_not_well_or_says_nothing(self):
        with tempfile.TemporaryDirectory(prefix="appserve-e2e-") as folder:
            ill = Path(folder) / "ill"
            with Watched(app("patient"), env={"PATIENT": str(ill)}) as server:
                self.assertEqual(server.ask("/livez"), (200, "ok\n"))
                self.assertEqual(server.ask("/readyz"), (200, "ok\n"))
                ill.touch()
                wait_until(lambda: server.ask("/readyz")[0] == 503, what="not ready")
                self.assertRegex(server.ask("/readyz")[1], r"^libpatient\.so:app: the database is gone\n$")
                self.assertEqual(server.ask("/livez")[0], 200)
                ill.unlink()
                wait_until(lambda: server.ask("/readyz")[0] == 200, what="ready again")
                self.assertEqual(server.get("/").text, "patient\n")
                self.assertEqual(prometheus.total(server.metrics(), "appserve_requests_total", app="/", route=""), 1)

    def test_draining_is_not_ready_and_still_alive(self):
        with Watched(app("probe", "create_app"), "--call") as server:
            with server.connect() as client:
                client.send_request("GET", "/wait")
                server.wait_for_output("wait has begun")
                server.send(signal.SIGTERM)
                wait_until(lambda: server.ask("/readyz") == (503, "draining\n"), what="draining")
                self.assertEqual(server.ask("/livez")[0], 200)
                server.send(signal.SIGTERM)
                server.wait()


class Token(unittest.TestCase):
    def test_figures_need_the_token_and_health_does_not(self):
        with Watched(app("hello"), env={"APPSERVE_ADMIN__TOKEN": "s3cret"}) as server:
            self.assertEqual(server.ask("/metrics")[0], 401)
            self.assertEqual(server.ask("/metrics", Authorization="Bearer wrong")[0], 401)
            self.assertEqual(server.ask("/metrics", Authorization="Bearer s3cret")[0], 200)
            self.assertEqual(server.ask("/livez")[0], 200)
            settings = server.ask("/settings.json", Authorization="Bearer s3cret")[1]
            self.assertNotIn("s3cret", settings)
            token = next(s for s in json.loads(settings) if s["path"] == "admin.token")
            self.assertEqual((token["value"], token["origin"]), ('"(hidden)"', "env APPSERVE_ADMIN__TOKEN"))

    def test_an_address_for_everybody_without_a_token_is_warned_of(self):
        with Server(app("hello"), "--admin-listen", "0.0.0.0:0") as server:
            server.wait_for_output(r"W4022")
        with Server(app("hello"), "--admin-listen", "0.0.0.0:0", "--admin-token", "x") as server:
            server.wait_for_output(r"\badmin\s+http")
        self.assertNotIn("W4022", server.output)

    def test_without_the_setting_there_is_no_admin_listener(self):
        with Server(app("hello")) as server:
            self.assertEqual(server.get("/metrics").status, 404)
        self.assertIsNone(re.search(r"\badmin\b", server.output))


if __name__ == "__main__":
    unittest.main()
