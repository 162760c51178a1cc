"""What the launcher expects of a service or of the console, and nothing else: the launcher is under test, not they."""

import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class Ready(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/readyz" else 404)
        self.end_headers()


def main() -> None:
    prefix = f"{Path(__file__).parent.name.upper()}_"
    if sys.argv[1] == "migrate":
        assert os.environ[f"{prefix}MIGRATION_DATABASE_URL"]
        print(*sys.argv[1:])
        return
    print(*sys.argv[1:], flush=True)
    assert (f"{prefix}DATABASE_URL" in os.environ) == (prefix != "KOPPEL_CONSOLE_")
    assert f"{prefix}MIGRATION_DATABASE_URL" not in os.environ
    ThreadingHTTPServer(
        (os.environ[f"{prefix}HOST"], int(os.environ[f"{prefix}PORT"])), Ready
    ).serve_forever()


main()
