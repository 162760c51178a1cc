"""Reads what deploy/observability.Dockerfile put into the image, then answers /api/health; logs JSON."""

import json
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

BOARDS = Path("/etc/koppel/dashboards")


class Health(BaseHTTPRequestHandler):
    def do_HEAD(self) -> None:
        self.send_response(200 if self.path == "/api/health" else 404)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Only what is read at the start is told."""


for board in sorted(BOARDS.glob("*.json")):
    print(
        json.dumps({"level": "info", "dashboard": json.loads(board.read_text("utf-8"))["title"]}), flush=True
    )
for file in sorted(Path("/etc/grafana/provisioning").rglob("*.yaml")):
    print(
        json.dumps({"level": "info", "provisioned": file.name, "bytes": len(file.read_bytes())}), flush=True
    )
HTTPServer(("", 3000), Health).serve_forever()
