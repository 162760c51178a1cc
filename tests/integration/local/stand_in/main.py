"""What the launcher expects of a service, and nothing else: the launcher is under test, not a service."""

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
    assert os.environ[f"{prefix}DATABASE_URL"]
    assert f"{prefix}MIGRATION_DATABASE_URL" not in os.environ
    ThreadingHTTPServer(
        (os.environ[f"{prefix}HOST"], int(os.environ[f"{prefix}PORT"])), Ready
    ).serve_forever()


main()
