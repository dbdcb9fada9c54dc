"""The life of supervisor and workers: every kind of death, reloads, rollbacks, signals, process 1."""
import os
import re
import shutil
import signal
import subprocess
import threading
import time
import unittest
from pathlib import Path

from harness import APPS, APPSERVE, Client, Server, app, children, environment, folder, wait_until


def is_gone(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True


class Load:
    """Steady requests on connections of their own, until it is left; every answer counts."""

    def __init__(self, server, target="/", threads=3):
        self.address, self.target = ("127.0.0.1", server.port), target
        self.answers, self.failures, self.over = 0, [], False
        self.threads = [threading.Thread(target=self.run) for _ in range(threads)]

    def run(self):
        while not self.over:
            try:
                with Client(self.address) as client:
                    client.send_request("GET", self.target)
                    status = client.read_response().status
                    if status != 200:
                        raise ConnectionError(f"status {status}")
                self.answers += 1
            except (OSError, ConnectionError) as error:
                self.failures.append(repr(error))
            time.sleep(0.002)

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.over = True
        for thread in self.threads:
            thread.join()


class Death(unittest.TestCase):
    def check_replaced(self, server, kill, how):
        before = server.worker
        kill(before)
        server.wait_for_output(rf"W6002\] worker 1 \(pid {before}\) {how}: replaced by pid \d+ in \d+ ms")
        self.assertEqual(server.get("/").status, 200)
        self.assertNotEqual(server.worker, before)

    def test_a_worker_killed_by_a_signal_is_replaced(self):
        # A sanitizer's own handler would exit where the kernel kills.
        plain = {name: "handle_segv=0" for name in ("ASAN_OPTIONS", "TSAN_OPTIONS")}
        with Server(app("torture"), env=plain) as server:
            for number in (signal.SIGKILL, signal.SIGSEGV):
                with self.subTest(number):
                    self.check_replaced(server, lambda pid, n=number: os.kill(pid, n), f"killed by {number.name}")
                    time.sleep(0.6)  # a life of a moment is another matter

    def test_a_worker_ended_by_a_handler_is_replaced_and_the_others_connection_is_just_closed(self):
        with Server(app("torture")) as server:
            def abort(_):
                with server.connect() as client:
                    client.send_request("GET", "/abort")
                    self.assertTrue(client.is_closed_by_peer())
            self.check_replaced(server, abort, "killed by SIGABRT")
            report = re.search(r"^error\[E5018\]: libtorture\.so: SIGABRT in .*\n(  .*\n)+", server.output, re.M)
            self.assertRegex(report[0], r"\n  request  GET /abort .*request \w+\n")

    def test_each_request_that_is_lost_with_its_worker_is_in_the_log(self):
        logged = ("--access-log", "-", "--access-log-format", "json")
        with Server("--threads", "1", *logged, app("torture")) as server, server.connect() as one, server.connect() as two:
            for client, target in ((one, "/slow?ms=60000"), (two, "/slow?ms=60001")):
                client.send_request("GET", target)
            self.assertEqual(server.get("/").status, 200)  # by now the others are with the app
            os.kill(server.worker, signal.SIGKILL)
            for target in ("/slow\\?ms=60000", "/slow\\?ms=60001"):
                server.wait_for_output(rf"000 worker-died GET {target} from 127\.0\.0\.1:\d+ request \w+ after \d+ ms")
                server.wait_for_output(rf'"target":"{target}",.*"status":0,"ending":"crashed","why":"its worker died"')
            server.wait_for_output("replaced by .*; 2 requests in flight were lost")

    def test_a_worker_that_somebody_else_tells_to_end_finishes_while_another_one_takes_over(self):
        with Server(app("torture")) as server, server.connect() as client:
            client.send_request("GET", "/slow?ms=1500")
            self.assertEqual(server.get("/").status, 200)
            before = server.worker
            os.kill(before, signal.SIGTERM)
            server.wait_for_output("was told to end: replaced")
            self.assertEqual(server.get("/").status, 200)
            self.assertEqual(client.read_response().status, 200)
            wait_until(lambda: before not in server.workers, what="the old worker's end")

    def test_with_two_workers_one_dies_and_nobody_new_is_turned_away(self):
        with Server("--workers", "2", "--threads", "1", app("torture")) as server:
            wait_until(lambda: len(server.workers) == 2, what="two workers")
            for _ in range(3):
                os.kill(server.workers[0], signal.SIGKILL)
                for _ in range(20):
                    self.assertEqual(server.get("/").status, 200)
            wait_until(lambda: len(server.workers) == 2, what="two workers again")

    def test_without_a_supervisor_workers_finish_and_end(self):
        with Server(app("torture")) as server, server.connect() as client:
            client.send_request("GET", "/slow?ms=1000")
            self.assertEqual(server.get("/").status, 200)
            worker = server.worker
            server.process.kill()
            self.assertEqual(client.read_response().status, 200)
            wait_until(lambda: is_gone(worker), what="the worker's end")

    def test_a_replacement_loads_the_copy_of_its_generation_whatever_lies_on_the_disk(self):
        with folder() as tmp:
            library = tmp / "libtorture.so"
            shutil.copy(f"{APPS}/libtorture.so", library)
            with Server(f"{library}:app") as server:
                library.write_bytes(library.read_bytes()[:5000])
                self.check_replaced(server, lambda pid: os.kill(pid, signal.SIGKILL), "killed by SIGKILL")


class Reload(unittest.TestCase):
    def configured(self, tmp, text):
        (tmp / "config.toml").write_text(text)
        return ("--config", tmp / "config.toml")

    def reload(self, server, generation):
        server.send(signal.SIGHUP)
        server.wait_for_output(f"reloaded: generation {generation} ")

    def test_reloads_under_load_lose_nothing(self):
        with Server(app("torture")) as server, Load(server) as load:
            wait_until(lambda: load.answers > 20, what="load")
            for generation in (2, 3, 4):
                self.reload(server, generation)
            count = load.answers
            wait_until(lambda: load.answers > count + 20, what="load after the reloads")
        self.assertEqual(load.failures, [])

    def test_workers_that_started_in_the_background_serve_like_others(self):
        with Server(app("torture"), "--threads", "2") as server:
            self.reload(server, 2)
            self.assertEqual(server.get("/").status, 200)
            wait_until(lambda: len(server.workers) == 1, what="the old worker's end")
            for thread in os.listdir(f"/proc/{server.worker}/task"):
                self.assertEqual(os.sched_getscheduler(int(thread)), os.SCHED_OTHER)
            self.assertEqual(os.sched_getscheduler(server.process.pid), os.SCHED_OTHER)

    def test_a_request_in_flight_is_finished_by_the_old_worker(self):
        with Server(app("torture")) as server, server.connect() as client:
            client.send_request("GET", "/slow?ms=1500")
            self.assertEqual(server.get("/").status, 200)
            before = server.worker
            self.reload(server, 2)
            self.assertEqual(server.get("/").status, 200)
            self.assertEqual(client.read_response().status, 200)
            wait_until(lambda: server.workers != [] and before not in server.workers, what="the old worker's end")

    def test_a_new_configuration_is_served_and_an_address_may_come(self):
        with folder() as tmp:
            text = f'[server]\nident = "one"\n[[app]]\nload = "{app("torture")}"\n'
            with Server(*self.configured(tmp, text)) as server:
                self.assertEqual(server.get("/").header("server"), "one")
                self.configured(tmp, text.replace("one", "two").replace("[server]", "[server]\nworkers = 2\nthreads = 3"))
                before = server.worker
                self.reload(server, 2)
                wait_until(lambda: before not in server.workers, what="the old worker's end")
                self.assertEqual({server.get("/").header("server") for _ in range(20)}, {"two"})
                self.assertEqual(len(server.workers), 2)
                self.configured(tmp, text.replace("one", "three"))
                self.reload(server, 3)
                wait_until(lambda: len(server.workers) == 1, what="the old workers' end")
                self.assertEqual({server.get("/").header("server") for _ in range(40)}, {"three"})  # on 6 sockets, by 2 loops

    def test_a_broken_configuration_or_library_changes_nothing(self):
        with folder() as tmp:
            library = tmp / "libtorture.so"
            shutil.copy(f"{APPS}/libtorture.so", library)
            good = f'[[app]]\nload = "{library}:app"\n'
            with Server(*self.configured(tmp, good)) as server:
                worker = server.worker
                self.configured(tmp, good + "[server]\nthraeds = 4\n")
                server.send(signal.SIGHUP)
                server.wait_for_output(r"E6001\] reload failed: \[E3002\] unknown key 'server.thraeds'; generation 1 keeps")
                self.configured(tmp, good)
                library.write_bytes(library.read_bytes()[:5000])
                server.send(signal.SIGHUP)
                server.wait_for_output(r"E6001\] reload failed: \[E1006\]")
                os.kill(worker, signal.SIGKILL)  # its successor has the first configuration and the first copy
                server.wait_for_output("replaced by")
                self.assertEqual(server.get("/").status, 200)

    def test_a_busy_address_fails_the_reload(self):
        with folder() as tmp, Server(app("hello")) as other:
            good = f'[[app]]\nload = "{app("hello")}"\n[server]\nlisten = ["127.0.0.1:0"]\n'
            with Server(*self.configured(tmp, good), listen=None) as server:
                self.configured(tmp, good.replace(":0", f":{other.port}"))
                server.send(signal.SIGHUP)
                server.wait_for_output(rf"E6001\] reload failed: \[E4001\] cannot listen on 127.0.0.1:{other.port}")
                self.assertEqual(server.get("/").status, 200)

    def test_a_reload_asked_for_during_a_reload_comes_after_it(self):
        with Server(app("hello")) as server:
            for _ in range(5):
                server.send(signal.SIGHUP)
            server.wait_for_output("generation 2 serves")
            self.reload(server, 3)


class Wear(unittest.TestCase):
    def test_a_worker_that_has_served_its_share_is_replaced_and_nothing_is_lost(self):
        with Server(app("hello"), "--threads", "1", "--max-requests", "300") as server:
            before = server.worker
            with Load(server) as load:
                server.wait_for_output(r"W5015.*this worker has served \d+ requests \(server\.max_requests\)")
                wait_until(lambda: is_gone(before), what="the worn worker ends")
                answers = load.answers
                wait_until(lambda: load.answers > answers + 50, what="another one serves")
            self.assertEqual(load.failures, [])


class Quarantine(unittest.TestCase):
    def test_an_app_that_ends_its_workers_at_once_answers_503_and_comes_back(self):
        with Server(app("torture")) as server:
            end = time.monotonic() + 60
            while "E5020" not in server.output and time.monotonic() < end:
                try:
                    server.get("/abort")
                except ConnectionError:
                    pass
            server.wait_for_output("E5020. quarantine: libtorture.so")
            statuses = []
            wait_until(lambda: statuses.append(server.get("/")) or statuses[-1].status == 503, what="503")
            self.assertRegex(statuses[-1].header("retry-after"), r"^\d+$")
            wait_until(lambda: server.get("/").status == 200, 60, what="the app is back")


class Signals(unittest.TestCase):
    def test_one_worker_more_and_one_less(self):
        with Server("--threads", "1", app("torture")) as server, Load(server, threads=2) as load:
            server.send(signal.SIGTTIN)
            wait_until(lambda: len(server.workers) == 2, what="two workers")
            server.send(signal.SIGTTOU)
            wait_until(lambda: len(server.workers) == 1, what="one worker")
            for _ in range(20):
                self.assertEqual(server.get("/").status, 200)
        self.assertEqual(load.failures, [])

    def test_winch_stops_accepting_and_a_reload_starts_it_again(self):
        with Server(app("torture")) as server, server.connect() as old:
            old.send_request("GET", "/")
            self.assertEqual(old.read_response().status, 200)
            server.send(signal.SIGWINCH)
            server.wait_for_output("accepts no one")
            with server.connect() as client:
                client.send_request("GET", "/")
                old.send_request("GET", "/")
                self.assertEqual(old.read_response().status, 200)  # what is open is served
                server.send(signal.SIGHUP)
                server.wait_for_output("reloaded")
                self.assertEqual(client.read_response().status, 200)

    def test_terminal_signals_reach_the_supervisor_alone(self):
        with Server(app("torture")) as server:
            worker = server.worker
            for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):
                os.kill(worker, number)
            self.assertEqual(server.get("/").status, 200)
            self.assertEqual(server.worker, worker)

    def test_during_the_delay_of_a_stop_newcomers_are_served(self):
        with Server("--shutdown-delay", "2s", app("torture")) as server:
            server.send(signal.SIGTERM)
            server.wait_for_output("draining")
            last = []  # until every loop knows
            wait_until(lambda: last.append(server.get("/")) or last[-1].header("connection") == "close", what="the last answers")
            self.assertEqual({response.status for response in last}, {200})
            server.wait()


class Process(unittest.TestCase):
    def test_one_process_for_debuggers(self):
        with Server("--no-supervisor", app("torture")) as server:
            self.assertEqual(server.get("/").status, 200)
            self.assertEqual(server.workers, [])

    def test_workers_are_the_first_to_go_when_memory_is_short(self):
        with Server(app("torture")) as server:
            score = lambda pid: int(Path(f"/proc/{pid}/oom_score_adj").read_text())
            self.assertEqual(score(server.worker), min(score(server.process.pid) + 200, 1000))

    def test_as_process_1_it_collects_orphans_and_ends_at_term(self):
        command = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child", "--map-root-user"]
        if os.geteuid() == 0:
            command.remove("--map-root-user")
        if subprocess.run([*command, "true"], capture_output=True).returncode != 0:
            self.skipTest("no process namespaces here")
        with folder() as tmp:
            # Process 1, with a child of its own that leaves an orphan behind.
            orphan = f"(sh -c 'sleep 0.2; : > {tmp}/orphan-ended' &) ; exec {APPSERVE} --listen 127.0.0.1:0 {app('torture')}"
            outer = subprocess.Popen([*command, "sh", "-c", orphan], stderr=subprocess.PIPE, text=True,
                                     env=environment({}))
            self.addCleanup(outer.stderr.close)
            self.addCleanup(outer.wait)
            self.addCleanup(outer.kill)  # takes process 1 along
            for line in outer.stderr:
                if "ready" in line:
                    break
            (init,) = children(outer.pid)
            wait_until((tmp / "orphan-ended").exists, what="the orphan's end")
            wait_until(lambda: len(children(init)) == 1, what="the orphan is collected")
            os.kill(init, signal.SIGTERM)
            rest = outer.stderr.read()
            self.assertEqual(outer.wait(60), 0)
            self.assertIn("stopped", rest)

    def test_no_descriptor_of_the_supervisor_leaks_into_workers(self):
        with Server(app("torture")) as server:
            links = []
            for fd in Path(f"/proc/{server.worker}/fd").iterdir():
                links.append(os.readlink(fd))
            self.assertEqual([link for link in links if "signalfd" in link], [])


if __name__ == "__main__":
    unittest.main()
