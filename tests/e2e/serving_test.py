"""What a person types to serve an app, and that it then answers there."""
import os
import shutil
import socket
import unittest

from harness import APPS, Server, app, folder


class CommandForms(unittest.TestCase):
    def assert_serves_hello(self, *args, target="/", **more):
        with Server(*args, **more) as server:
            self.assertEqual(server.get(target).text, "Hello, World!\n")

    def test_lib_and_symbol(self):
        self.assert_serves_hello(app("hello"))

    def test_a_library_with_one_app_needs_no_symbol(self):
        self.assert_serves_hello(f"{APPS}/libhello.so")

    def test_a_factory_is_called(self):
        with folder() as tmp, Server("--call", app("tictactoe", "create_app"), cwd=tmp) as server:
            self.assertIn("text/html", server.get("/").header("content-type"))

    def test_a_bare_name_is_found_in_the_current_folder(self):
        with folder() as tmp:
            shutil.copy(f"{APPS}/libhello.so", tmp)
            self.assert_serves_hello("libhello.so:app", cwd=tmp)

    def test_the_plugin_in_plain_c(self):
        self.assert_serves_hello(app("hello_c"))

    def test_options_may_follow_the_app(self):
        self.assert_serves_hello(app("hello"), "--threads", "2")

    def test_host_and_port_as_waitress_users_type_them(self):
        self.assert_serves_hello("--host=127.0.0.1", "--port=0", app("hello"), listen=None)

    def test_several_addresses(self):
        with Server(app("hello"), "--listen", "[::1]:0") as server:
            port = int(server.wait_for_output(r"ready\s+http://\[::1\]:(\d+)")[1])
            for address in ("::1", port), ("127.0.0.1", server.port):
                with socket.create_connection(address) as client:
                    client.sendall(b"GET / HTTP/1.0\r\n\r\n")
                    self.assertIn(b"200 OK", client.recv(65536))

    def test_the_environment_says_where_to_listen_and_the_command_line_beats_it(self):
        self.assert_serves_hello(app("hello"), listen=None, env={"APPSERVE_SERVER__LISTEN": "127.0.0.1:0"})
        self.assert_serves_hello(app("hello"), env={"APPSERVE_SERVER__LISTEN": "192.0.2.1:1"})

    def test_one_thread_and_many(self):
        for threads in ("1", "3", "auto"):
            self.assert_serves_hello(app("hello"), "--threads", threads)

    def test_url_prefix(self):
        with Server(app("hello"), "--url-prefix", "/here") as server:
            self.assertEqual(server.get("/here/").text, "Hello, World!\n")
            self.assertEqual(server.get("/here/hello/Ada").text, "Hello, Ada!\n")
            self.assertEqual(server.get("/").status, 404)
            self.assertEqual(server.get("/hereafter").status, 404)


class UnixSocket(unittest.TestCase):
    def test_serves_on_a_unix_socket_and_removes_it_at_the_end(self):
        with folder() as tmp:
            path = str(tmp / "app.sock")
            with Server(app("hello"), "--unix-socket", path, listen=None) as server:
                self.assertEqual(os.stat(path).st_mode & 0o777, 0o600)
                with server.connect(path) as client:
                    client.send_request("GET", "/")
                    self.assertEqual(client.read_response().text, "Hello, World!\n")
            self.assertFalse(os.path.exists(path))

    def test_beside_tcp(self):
        with folder() as tmp, Server(app("hello"), "--listen", f"unix:{tmp}/app.sock") as server:
            server.wait_for_output(r"ready\s+unix:")
            with server.connect(f"{tmp}/app.sock") as client:
                client.send_request("GET", "/")
                self.assertEqual(client.read_response().status, 200)
            self.assertEqual(server.get("/").status, 200)

    def test_a_stale_socket_is_replaced(self):
        with folder() as tmp:
            path = str(tmp / "app.sock")
            with Server(app("hello"), "--unix-socket", path, listen=None) as server:
                server.process.kill()
                server.process.wait()
            self.assertTrue(os.path.exists(path))
            with Server(app("hello"), "--unix-socket", path, listen=None) as server, server.connect(path) as client:
                client.send_request("GET", "/")
                self.assertEqual(client.read_response().status, 200)


class ConfigFile(unittest.TestCase):
    def test_several_apps_from_a_file_each_with_its_own_config(self):
        with folder() as tmp:
            (tmp / "config.toml").write_text(f"""
                [server]
                listen = ["127.0.0.1:0"]
                [[app]]
                load = "{app('hello')}"
                url_prefix = "/one"
                [[app]]
                load = "{app('torture')}"
                url_prefix = "/two"
                """)
            with Server("--config", tmp / "config.toml", listen=None) as server:
                self.assertEqual(server.get("/one/").text, "Hello, World!\n")
                self.assertEqual(server.get("/two/").text, "hello\n")
                self.assertEqual(server.get("/").status, 404)

    def test_the_command_line_beats_the_file(self):
        with folder() as tmp:
            (tmp / "c.toml").write_text(f"[server]\nlisten = ['192.0.2.1:1']\n[[app]]\nload = '{app('hello')}'\n")
            with Server("--config", tmp / "c.toml") as server:
                self.assertEqual(server.get("/").status, 200)


if __name__ == "__main__":
    unittest.main()
