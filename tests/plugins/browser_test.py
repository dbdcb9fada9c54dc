"""The game as people meet it: the real server, the real page, two real browsers."""
import os
import sys
import unittest

import webdriver
from game_server import GameServer, Player, create, request
from webdriver import wait_until

SCREENSHOTS = os.environ.get("SCREENSHOTS", "screenshots")
PHONE = dict(width=390, height=844, scale=2, touch=True)


class TwoBrowsers(unittest.TestCase):
    @staticmethod
    def serve():
        return GameServer(prefix="/game").start()

    @classmethod
    def setUpClass(cls):
        cls.server = cls.serve()
        cls.addClassCleanup(cls.server.close)
        cls.driver = webdriver.Driver()
        cls.addClassCleanup(cls.driver.close)
        cls.ann = webdriver.Browser(cls.driver)
        cls.addClassCleanup(cls.ann.close)
        cls.bob = webdriver.Browser(cls.driver, dark=True)
        cls.addClassCleanup(cls.bob.close)

    def setUp(self):
        for browser in (self.ann, self.bob):
            browser.viewport(1100, 900)
            browser.open(self.server.url)
            browser.run("localStorage.clear()")
            browser.reload()
            browser.log()
        self.bob.viewport(**PHONE)

    def tearDown(self):
        for name in ("ann", "bob"):
            browser = getattr(self, name)
            complaints = [entry["message"] for entry in browser.log() if "Content Security Policy" in entry["message"]
                          or entry["source"] == "javascript"]
            self.assertEqual(complaints, [], f"{name}'s console")

    def see(self, browser, text, selector="#status"):
        wait_until(lambda: browser.text(selector) == text, f"{text!r} in {selector}; there is {browser.text(selector)!r}")

    def see_mark(self, browser, cell, mark):
        wait_until(lambda: browser.run("return document.querySelector(arguments[0]).dataset.mark",
                                       f'[data-cell="{cell}"]') == mark, f"{mark} on cell {cell}")

    def play(self, browser, cell):
        self.see(browser, "Your turn")
        browser.click(f'[data-cell="{cell}"]')

    def settle(self, browser):
        """Until nothing moves any more: for pictures."""
        wait_until(lambda: browser.run("return document.getAnimations().every(a => a.playState !== 'running' "
                                       "|| a.effect.getTiming().iterations === Infinity)"), "the end of animations")

    def start_game(self):
        """Ann opens a room and Bob takes the other seat. The room's id."""
        self.ann.click("#create")
        self.see(self.ann, "Waiting for your opponent")
        self.bob.open(self.ann.run("return document.querySelector('#link').value"))
        self.see(self.bob, "A seat is free")
        self.bob.click("#take-seat")
        self.see(self.ann, "Your turn")
        return self.ann.url().split("#")[1]

    def test_two_people_play_a_whole_game_and_another(self):
        self.ann.click("#create")
        self.see(self.ann, "Waiting for your opponent")
        link = self.ann.run("return document.querySelector('#link').value")
        self.assertEqual(link, self.ann.url())
        self.ann.click("#copy")
        self.see(self.ann, "Copied", "#copy")

        self.bob.open(link)
        self.see(self.bob, "A seat is free")
        self.see(self.bob, "Play as O", "#take-seat")
        self.bob.click("#take-seat")
        self.see(self.bob, "X is thinking…")
        self.assertFalse(self.ann.shown("#share"))

        for player, other, cell, mark in ((self.ann, self.bob, 4, "X"), (self.bob, self.ann, 0, "O"),
                                          (self.ann, self.bob, 2, "X"), (self.bob, self.ann, 8, "O")):
            self.play(player, cell)
            self.see_mark(other, cell, mark)
            self.assertTrue(other.shown(f'[data-cell="{cell}"].last'))
        self.settle(self.ann)
        self.ann.screenshot(f"{SCREENSHOTS}/desktop-light-playing.png")
        self.play(self.ann, 6)

        self.see(self.ann, "You win!")
        self.see(self.bob, "X wins this one")
        for browser in (self.ann, self.bob):
            self.assertEqual(browser.run("return [...document.querySelectorAll('#board .win')].map(c => +c.dataset.cell)"),
                             [2, 4, 6])
            self.assertTrue(browser.shown("#win-line"))
            self.assertEqual(browser.text(".seat.x .wins"), "1")
            self.settle(browser)
        self.ann.screenshot(f"{SCREENSHOTS}/desktop-light-won.png")
        self.bob.screenshot(f"{SCREENSHOTS}/phone-dark-lost.png")

        self.bob.click("#rematch")
        self.see(self.bob, "Your turn")  # the loser's mark starts round two
        self.see(self.ann, "O is thinking…")
        self.assertFalse(self.ann.shown("#win-line"))
        self.play(self.bob, 4)
        self.see_mark(self.ann, 4, "O")

    def test_a_reload_keeps_the_seat(self):
        self.start_game()
        self.play(self.ann, 4)
        self.see(self.bob, "Your turn")
        self.bob.reload()
        self.see(self.bob, "Your turn")
        self.see_mark(self.bob, 4, "X")
        self.assertEqual(self.bob.text(".seat.o .who"), "You")
        self.play(self.bob, 0)
        self.see_mark(self.ann, 0, "O")

    def test_it_can_be_played_with_the_keyboard_alone(self):
        self.ann.run("document.querySelector('#create').focus()")
        self.ann.press("Enter")
        self.see(self.ann, "Waiting for your opponent")
        bob = Player(self.server, self.ann.url().split("#")[1])
        self.see(self.ann, "Your turn")

        focused = "return document.activeElement.dataset.cell ?? document.activeElement.id"
        for _ in range(10):  # Tab reaches the board, and the board is one stop
            if self.ann.run(focused) == "4":
                break
            self.ann.press("Tab")
        self.assertEqual(self.ann.run(focused), "4")
        self.ann.press("Up", "Left")
        self.assertEqual(self.ann.run(focused), "0")
        self.assertNotEqual(self.ann.run("return getComputedStyle(document.activeElement).outlineStyle"), "none")
        self.ann.press("Enter")
        self.see_mark(self.ann, 0, "X")
        self.see(self.ann, "O is thinking…")

        bob.move(4)
        self.see(self.ann, "Your turn")
        self.assertEqual(self.ann.run("return document.querySelector('#announcement').textContent"),
                         "O took row 2, column 2. Your turn.")
        self.ann.press("Right", "Space")
        self.see_mark(self.ann, 1, "X")
        self.see(self.ann, "O is thinking…")
        self.ann.press("Right", "Enter")  # not her turn: nothing happens
        bob.move(8)
        self.see(self.ann, "Your turn")
        self.see_mark(self.ann, 2, "")
        self.ann.press("Enter")
        self.see(self.ann, "You win!")
        self.assertEqual(self.ann.run("return document.querySelector('[data-cell=\"2\"]').getAttribute('aria-label')"),
                         "row 1, column 3, X")

    def test_others_watch(self):
        room = create(self.server)
        x, o = Player(self.server, room), Player(self.server, room)
        self.bob.open(f"{self.server.url}#{room}")
        self.see(self.bob, "X to move")
        self.assertFalse(self.bob.shown("#take-seat"))
        self.assertEqual(self.bob.run("return document.querySelectorAll('#board [aria-disabled=\"false\"]').length"), 0)
        for player, cell in ((x, 0), (o, 3), (x, 1), (o, 4), (x, 2)):
            self.assertEqual(player.move(cell).status, 200)
            self.see_mark(self.bob, cell, player.seat)
        self.see(self.bob, "X wins")
        self.assertFalse(self.bob.shown("#rematch"))

    def test_a_table_for_anyone_is_found_in_the_lobby(self):
        self.ann.click("#create-listed")
        self.see(self.ann, "Waiting for your opponent")
        room = self.ann.url().split("#")[1]
        self.bob.open(self.server.url)
        self.bob.reload()
        wait_until(lambda: self.bob.shown(f'#tables a[href="#{room}"]'), "the table in the lobby")
        self.bob.screenshot(f"{SCREENSHOTS}/phone-dark-lobby.png")
        self.bob.click(f'#tables a[href="#{room}"]')
        self.see(self.bob, "A seat is free")
        self.bob.click("#take-seat")
        self.see(self.ann, "Your turn")

    def test_the_game_goes_on_after_a_restart_of_the_server(self):
        self.start_game()
        self.play(self.ann, 4)
        self.see(self.bob, "Your turn")
        self.server.stop()
        self.see(self.bob, "Reconnecting…", "#connection")
        self.bob.click('[data-cell="0"]')
        wait_until(lambda: self.bob.shown("#room-message"), "a word about the lost move")
        self.see(self.bob, "Your turn")
        self.server.start()
        self.see(self.bob, "Live", "#connection")
        self.see_mark(self.bob, 4, "X")
        self.play(self.bob, 0)
        self.see_mark(self.ann, 0, "O")

    def test_being_offline_is_said(self):
        self.start_game()
        self.see(self.bob, "Live", "#connection")
        self.bob.network(online=False)
        self.see(self.bob, "You are offline", "#connection")
        self.bob.network(online=True)
        self.see(self.bob, "Live", "#connection")

    def test_a_room_that_is_not_there_is_a_sentence_and_a_way_out(self):
        self.ann.open(self.server.url + "#nosuchroom")
        self.see(self.ann, "This room is gone")
        self.assertTrue(self.ann.shown("#leave"))
        self.ann.click("#leave")
        wait_until(lambda: self.ann.shown("#lobby"), "the lobby")

    def test_it_fits_a_phone_in_the_dark_and_a_small_window(self):
        self.start_game()
        for width, height in ((390, 844), (320, 568), (844, 390)):
            self.bob.viewport(width, height, scale=2, touch=True)
            self.settle(self.bob)
            self.bob.screenshot(f"{SCREENSHOTS}/phone-dark-{width}x{height}.png")
            with self.subTest(width=width, height=height):
                self.assertLessEqual(self.bob.run("return document.documentElement.scrollWidth"), width)
                box = self.bob.run("return document.querySelector('#board').getBoundingClientRect().toJSON()")
                self.assertLessEqual(box["bottom"], height, "the whole board is seen without scrolling")
                cell = self.bob.run("return document.querySelector('[data-cell=\"0\"]').getBoundingClientRect().width")
                self.assertGreaterEqual(cell, 44, "a finger hits it")
                cut = "return [...document.querySelectorAll('.who, #status')].filter(e => e.scrollWidth > e.clientWidth).length"
                self.assertEqual(self.bob.run(cut), 0, "no text is cut off")
        self.assertEqual(self.bob.run("return getComputedStyle(document.body).backgroundColor"), "rgb(21, 22, 26)")
        self.assertEqual(self.ann.run("return getComputedStyle(document.body).backgroundColor"), "rgb(246, 245, 241)")

    def test_the_page_loads_nothing_from_elsewhere(self):
        self.start_game()
        loaded = self.ann.run("return performance.getEntriesByType('resource').map(e => e.name)")
        foreign = [name for name in loaded if not name.startswith((self.server.url, "data:"))]
        self.assertEqual(foreign, [])
        page = request("GET", self.server.url)
        self.assertIn("default-src 'none'", page.headers["content-security-policy"])


if __name__ == "__main__":
    if webdriver.missing():
        print("SKIPPED: " + webdriver.missing())
        sys.exit(77)
    unittest.main()
