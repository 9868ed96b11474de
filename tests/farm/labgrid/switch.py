"""A power switch over HTTP, as labgrid's ``NetworkPowerPort`` of model ``rest`` asks it."""

from __future__ import annotations

from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread

Flip = Callable[[int, bool], None]


class PowerSwitch:
    """Outlets under ``url``; ``flip`` is called with an outlet's index and whether it is on now."""

    def __init__(self, flip: Flip) -> None:
        self.flips: list[tuple[int, bool]] = []
        self._flip, self._off, self._lock = flip, set[int](), Lock()
        switch = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer(b"0" if int(self.path.strip("/")) in switch._off else b"1")

            def do_PUT(self) -> None:
                on = self.rfile.read(int(self.headers["Content-Length"])) == b"1"
                switch._turn(int(self.path.strip("/")), on)
                self._answer(b"")

            def _answer(self, body: bytes) -> None:
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/{{index}}"
        Thread(target=self._server.serve_forever, name="switch", daemon=True).start()

    def _turn(self, index: int, on: bool) -> None:
        with self._lock:
            self.flips.append((index, on))
            (self._off.discard if on else self._off.add)(index)
            self._flip(index, on)

    def close(self) -> None:
        """End it."""
        self._server.shutdown()
        self._server.server_close()
