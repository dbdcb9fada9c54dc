"""Several apps in one server: who answers, and what the app sees of the path."""
import json
import unittest

from harness import Server, app


class Mounts(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        torture = app("torture")
        cls.server = Server("--mount", f"/game={torture}", "--mount", f"/game/admin={torture}",
                            "--mount", f"/hello={app('hello')}")
        cls.server.__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.server.__exit__(None, None, None)

    def who(self, target):
        response = self.server.get(target)
        self.assertEqual(response.status, 200, (target, response))
        seen = json.loads(response.body)
        return seen["script_name"], seen["path_info"]

    def assert_nobody_answers(self, *targets):
        for target in targets:
            self.assertEqual(self.server.get(target).status, 404, target)

    def test_the_app_sees_its_prefix_and_what_is_left_of_the_path(self):
        self.assertEqual(self.who("/game/whoami"), ("/game", "/whoami"))
        self.assertEqual(self.who("/game?who=1"), ("/game", "/"))
        self.assertEqual(self.who("/game/?who=1"), ("/game", "/"))

    def test_the_longest_prefix_wins(self):
        self.assertEqual(self.who("/game/admin/whoami"), ("/game/admin", "/whoami"))
        self.assertEqual(self.who("/game/adm/whoami"), ("/game", "/adm/whoami"))

    def test_a_prefix_ends_at_the_end_of_a_segment(self):
        self.assertEqual(self.who("/game/administrator/whoami"), ("/game", "/administrator/whoami"))
        self.assert_nobody_answers("/games/whoami", "/gam", "/gamewhoami")

    def test_outside_every_prefix_nobody_answers(self):
        self.assert_nobody_answers("/", "/other", "/whoami", "/?x=/game/whoami")

    def test_prefixes_are_case_sensitive(self):
        self.assert_nobody_answers("/GAME/whoami", "/Game/whoami")

    def test_an_encoded_letter_is_that_letter(self):
        self.assertEqual(self.who("/g%61me/whoami"), ("/game", "/whoami"))

    def test_dot_segments_are_resolved_before_matching(self):
        self.assertEqual(self.who("/hello/../game/whoami"), ("/game", "/whoami"))
        self.assertEqual(self.who("/game/admin/%2e%2e/whoami"), ("/game", "/whoami"))
        self.assert_nobody_answers("/game/../whoami", "/game/%2e%2e/whoami")

    def test_no_spelling_of_a_slash_slips_past_a_prefix(self):
        """Whoever answers, it is never the app of a prefix that was not written out."""
        for target in ("/game%2fadmin/whoami", "/game%2Fadmin%2Fwhoami", "/game%5cadmin/whoami", "/game%00/whoami",
                       "/game/..%2fhello/", "/game/..%5chello/", "/game;/whoami", "/.%2e/game/whoami%00"):
            response = self.server.get(target)
            if response.status == 200:
                self.assertEqual(json.loads(response.body)["script_name"], "/game", target)
            else:
                self.assertIn(response.status, (400, 404), target)

    def test_an_empty_segment_is_a_segment_so_double_slashes_do_not_slip_past_a_prefix(self):
        self.assertEqual(self.who("/game//admin/whoami"), ("/game", "//admin/whoami"))
        self.assertEqual(self.who("/game/admin//whoami"), ("/game/admin", "//whoami"))
        self.assert_nobody_answers("//game/whoami", "//whoami")

    def test_climbing_out_of_the_root_is_refused(self):
        self.assertEqual(self.server.get("/../game/whoami").status, 400)

    def test_the_absolute_form_matches_like_the_path_in_it(self):
        self.assertEqual(self.who("http://localhost/game/whoami"), ("/game", "/whoami"))


if __name__ == "__main__":
    unittest.main()
