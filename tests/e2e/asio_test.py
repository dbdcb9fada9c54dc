"""Two apps with two different Asios in one server: each talks TCP on the loops that serve."""
import socketserver
import threading
import unittest
from concurrent.futures import ThreadPoolExecutor

from harness import Server, app, wait_until


class Echo(socketserver.ThreadingTCPServer):
    daemon_threads = True

    class Handler(socketserver.BaseRequestHandler):
        def handle(self):
            while data := self.request.recv(65536):
                self.request.sendall(data)

    def __init__(self):
        super().__init__(("127.0.0.1", 0), self.Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()


class TwoAsios(unittest.TestCase):
    def test_they_do_not_meet(self):
        with Echo() as echo, Server("--mount", f"/epoll={app('asio_epoll')}", "--mount", f"/select={app('asio_select')}",
                                    "--threads", "2") as server:
            port = echo.server_address[1]
            with ThreadPoolExecutor(8) as pool:
                targets = [f"/{('epoll', 'select')[n % 2]}/echo/{port}/text{n}" for n in range(40)]
                self.assertEqual([a.text for a in pool.map(server.get, targets)], [f"text{n}" for n in range(40)])
            for mount in ("/epoll", "/select"):
                background = 2
                wait_until(lambda: server.get(f"{mount}/alive").text == str(background))
                self.assertEqual(server.get(f"{mount}/within").text, "cut")
                self.assertEqual(server.get(f"{mount}/both/0").text, "answer 42")
                self.assertEqual(server.get(f"{mount}/both/3600000").text, "too late")
                with server.connect() as client:
                    client.send_request("GET", f"{mount}/forever")
                    wait_until(lambda: server.get(f"{mount}/alive").text == str(background + 1), what="it waits")
                wait_until(lambda: server.get(f"{mount}/alive").text == str(background), what="cancellation")
            echo.shutdown()


if __name__ == "__main__":
    unittest.main()
