"""deploy/nginx.conf in front of two instances: requests spread, a stopped instance is not noticed."""
import signal
import subprocess
import unittest

from harness import Server, app, folder
from nginx import NGINX, Nginx

@unittest.skipUnless(NGINX, "nginx is not installed")
class BehindNginx(unittest.TestCase):
    def test_two_instances_share_the_work_and_one_may_stop(self):
        with folder() as tmp, Server(app("torture")) as one, Server(app("torture")) as two, Nginx(tmp, one, two) as nginx:
            for _ in range(20):
                self.assertEqual(nginx.get("/").text, "hello\n")
            one.send(signal.SIGTERM)
            for _ in range(20):
                self.assertEqual(nginx.get("/").text, "hello\n")
            one.wait()
            for _ in range(20):
                self.assertEqual(nginx.get("/").text, "hello\n")

    def test_the_configuration_is_what_nginx_accepts(self):
        with folder() as tmp, Server(app("hello")) as one:
            check = subprocess.run([*Nginx(tmp, one, one).command, "-t"], capture_output=True, text=True)
            self.assertEqual(check.returncode, 0, check.stderr)


if __name__ == "__main__":
    unittest.main()
