"""Requests that are due at fixed instants, whatever the server does: what a stop, a reload or a crash costs clients.

Each request is answered whole, or is one of:
  lost     the connection was made, and ended or was silent before the answer was whole
  refused  no connection: nobody accepts (any more)
  stale    an idle connection that was used again had ended unnoticed; the request was sent again on a new one, which is
           what RFC 9112 9.3.1 lets clients do. Counted, but not as lost.
"""
import asyncio
import multiprocessing
import time
from collections import Counter
from dataclasses import dataclass

PATIENCE = 10  # seconds


class Stale(Exception):
    pass


class Connection:
    def __init__(self, reader, writer):
        self.reader, self.writer, self.used = reader, writer, False

    async def ask(self, path):
        """True when the connection may be used again."""
        fresh, self.used = not self.used, True
        try:
            self.writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            head = await self.reader.readuntil(b"\r\n\r\n")
        except (ConnectionError, asyncio.IncompleteReadError) as error:
            if not fresh and not getattr(error, "partial", b""):
                raise Stale from error
            raise ConnectionResetError from error
        fields = head.lower()
        if not head.startswith(b"HTTP/1.1 200 "):
            raise ValueError(head.split(b"\r\n", 1)[0].decode("latin-1"))
        await self.reader.readexactly(int(fields.split(b"content-length:")[1].split(b"\r\n")[0]))
        return b"connection: close" not in fields


@dataclass
class Record:
    due: float  # time.monotonic()
    took: float
    end: str  # "answered", "refused", or how it was lost
    stale: bool = False


class Client:
    def __init__(self, port, keep_alive):
        self.port, self.keep_alive, self.idle, self.records = port, keep_alive, [], []

    async def connection(self):
        if self.idle:
            return self.idle.pop(0)
        return Connection(*await asyncio.open_connection("127.0.0.1", self.port))

    async def once(self, path):
        connection = await self.connection()
        again = False
        try:
            again = await connection.ask(path) and self.keep_alive
        finally:
            if again:
                self.idle.append(connection)
            else:
                connection.writer.close()

    async def request(self, due, path):
        end, stale = "answered", False
        try:
            async with asyncio.timeout(PATIENCE):
                while True:
                    try:
                        await self.once(path)
                        break
                    except Stale:
                        stale = True
        except ConnectionRefusedError:
            end = "refused"
        except (OSError, EOFError, ValueError, TimeoutError) as error:
            end = type(error).__name__
        self.records.append(Record(due, time.monotonic() - due, end, stale))


async def run(port, rate, paths, keep_alive, over):
    client, tasks, began = Client(port, keep_alive), set(), time.monotonic()
    number = 0
    while not over.is_set():
        due = began + number / rate
        if (wait := due - time.monotonic()) > 0:
            await asyncio.sleep(wait)
        task = asyncio.create_task(client.request(due, paths[number % len(paths)]))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
        number += 1
    if tasks:
        await asyncio.wait(tasks)
    return client.records


def work(port, rate, paths, keep_alive, over, results):
    results.put(asyncio.run(run(port, rate, paths, keep_alive, over)))


class Load:
    """In a process of its own, from entering to leaving; then `records`."""

    def __init__(self, port, rate, paths=("/",), keep_alive=False):
        self.over, self.results = multiprocessing.Event(), multiprocessing.Queue()
        self.process = multiprocessing.Process(target=work, args=(port, rate, paths, keep_alive, self.over, self.results))

    def __enter__(self):
        self.process.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.records = self.results.get()
        self.process.join()
        self.lost = Counter(r.end for r in self.records if r.end not in ("answered", "refused"))
        self.refused = sum(r.end == "refused" for r in self.records)
        self.stale = sum(r.stale for r in self.records)

    def p99_ms(self, begin, end):
        took = sorted(r.took for r in self.records if begin <= r.due < end and r.end == "answered")
        return took[int(len(took) * 0.99)] * 1000 if took else float("nan")

    def in_flight(self, when):
        return sum(r.due <= when < r.due + r.took for r in self.records)
