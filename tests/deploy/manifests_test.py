"""deploy/kubernetes and deploy/systemd against the server: what they name exists, and their times fit each other."""
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import yaml

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))
from harness import APPS, ROOT, run  # noqa: E402

MANIFEST = ROOT / "deploy" / "kubernetes" / "appserve.yaml"
DOCKERFILE = (ROOT / "Dockerfile").read_text()


def seconds(text):
    return int(re.fullmatch(r"(\d+)s", text)[1])


class Kubernetes(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.by_kind = {document["kind"]: document for document in yaml.safe_load_all(MANIFEST.read_text())}
        cls.pod = cls.by_kind["Deployment"]["spec"]["template"]
        (cls.container,) = cls.pod["spec"]["containers"]
        cls.config = cls.by_kind["ConfigMap"]["data"]["config.toml"]

    def effective(self):
        """The server's own reading of the configuration, with the container's environment."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "config.toml"
            path.write_text(self.config)
            env = {e["name"]: e.get("value", "from-a-reference") for e in self.container["env"]}
            result = run("print-config", "--config", path, env=env)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertNotIn("W3008", result.stderr)  # a variable nobody reads
        return {line.split()[0]: line.split()[1] for line in result.stdout.splitlines() if line.strip()}

    def test_the_configuration_is_one_and_its_ports_are_the_containers(self):
        settings, ports = self.effective(), {p["name"]: p["containerPort"] for p in self.container["ports"]}
        self.assertEqual(settings["server.listen"], f'["0.0.0.0:{ports["http"]}"]')
        self.assertIn(f'0.0.0.0:{ports["admin"]}', settings["admin.listen"])
        self.assertEqual(str(ports["admin"]), self.pod["metadata"]["annotations"]["prometheus.io/port"])
        self.assertTrue((APPS / "libtictactoe.so").exists() or "libtictactoe.so" in self.config)

    def test_probes_ask_the_admin_listener_for_what_it_has(self):
        probes = {name: self.container[name]["httpGet"] for name in ("startupProbe", "readinessProbe", "livenessProbe")}
        self.assertEqual({p["port"] for p in probes.values()}, {"admin"})
        self.assertEqual([p["path"] for p in probes.values()], ["/readyz", "/readyz", "/livez"])
        source = (ROOT / "server" / "admin" / "admin_service.cpp").read_text()
        for path in ("/readyz", "/livez", self.pod["metadata"]["annotations"]["prometheus.io/path"]):
            self.assertIn(f'"{path}"', source)

    def test_a_stop_fits_into_the_grace_period(self):
        settings = self.effective()
        whole = seconds(settings["shutdown.delay"].strip('"')) + seconds(settings["shutdown.grace"].strip('"'))
        self.assertGreater(self.pod["spec"]["terminationGracePeriodSeconds"], whole)
        ready = self.container["readinessProbe"]
        self.assertGreater(seconds(settings["shutdown.delay"].strip('"')), ready["periodSeconds"] * ready["failureThreshold"])

    def test_it_runs_as_the_images_user_on_a_read_only_root(self):
        security = {**self.pod["spec"]["securityContext"], **self.container["securityContext"]}
        self.assertTrue(security["runAsNonRoot"] and security["readOnlyRootFilesystem"])
        self.assertFalse(security["allowPrivilegeEscalation"])
        self.assertEqual(security["capabilities"], {"drop": ["ALL"]})
        self.assertIn(f"--uid {security['runAsUser']} ", DOCKERFILE)
        self.assertFalse(self.pod["spec"]["automountServiceAccountToken"])

    def test_every_mount_has_its_volume_and_the_runtime_folder_is_one(self):
        volumes = {volume["name"] for volume in self.pod["spec"]["volumes"]}
        mounts = {mount["name"]: mount["mountPath"] for mount in self.container["volumeMounts"]}
        self.assertEqual(set(mounts), volumes)
        self.assertIn(self.effective()["server.runtime_dir"].strip('"'), mounts.values())
        self.assertIn(self.container["args"][1], f"{mounts['config']}/config.toml")

    def test_service_budget_and_deployment_mean_the_same_pods(self):
        labels = self.pod["metadata"]["labels"]
        for selector in (self.by_kind["Deployment"]["spec"]["selector"]["matchLabels"],
                         self.by_kind["Service"]["spec"]["selector"],
                         self.by_kind["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"]):
            self.assertEqual(selector, labels)
        self.assertLess(self.by_kind["PodDisruptionBudget"]["spec"]["minAvailable"], self.by_kind["Deployment"]["spec"]["replicas"])
        self.assertEqual(self.by_kind["Service"]["spec"]["ports"][0]["targetPort"], "http")


class Units(unittest.TestCase):
    UNIT = (ROOT / "deploy" / "systemd" / "appserve@.service").read_text()

    def value(self, name):
        return re.search(rf"^{name}=(.*)$", self.UNIT, re.M)[1]

    def test_its_commands_are_understood(self):
        for line in re.findall(r"^Exec(?:Start|Reload)=/usr/bin/appserve (.*)$", self.UNIT, re.M):
            words = line.replace("%C", "/tmp").replace("%i", "x").replace("/etc/appserve/x.toml", str(ROOT / "config.toml")).split()
            result = run(*words) if words[0] == "ctl" else run("print-config", *words)
            self.assertNotIn(result.returncode, (64, 78), result.stderr)

    def test_its_times_fit_the_servers(self):
        defaults = dict(line.split()[:2] for line in run("print-config", "--config", ROOT / "config.toml").stdout.splitlines() if line.strip())
        period = lambda name: int(re.match(r'"?(\d+)s', defaults[name])[1])
        self.assertGreater(seconds(self.value("TimeoutStartSec")), period("server.start_timeout"))
        self.assertGreater(seconds(self.value("TimeoutStopSec")), period("shutdown.grace"))
        self.assertGreater(seconds(self.value("WatchdogSec")), 2 * (period("limits.request_timeout") + period("limits.cancel_grace")))

    def test_systemd_understands_the_units(self):
        try:
            result = subprocess.run(["systemd-analyze", "--version"], capture_output=True)
        except FileNotFoundError:
            self.skipTest("no systemd-analyze")
        with tempfile.TemporaryDirectory() as folder:
            for suffix in ("service", "socket"):
                text = (ROOT / "deploy" / "systemd" / f"appserve@.{suffix}").read_text()
                (Path(folder) / f"appserve@x.{suffix}").write_text(text.replace("/usr/bin/appserve", "/bin/true"))
            result = subprocess.run(["systemd-analyze", "verify", "--man=no", Path(folder) / "appserve@x.service"],
                                    capture_output=True, text=True)
        ours = [line for line in result.stderr.splitlines() if "appserve@x" in line]
        self.assertEqual(ours, [])


if __name__ == "__main__":
    unittest.main()
