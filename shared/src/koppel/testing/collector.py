"""A collector in this process: OTLP over HTTP, protobuf, kept as it came."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


@dataclass(slots=True)
class Collector:
    """What came, by path, and the headers it came with."""

    url: str
    bodies: list[tuple[str, bytes]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    @property
    def paths(self) -> set[str]:
        return {path for path, _ in self.bodies}

    def spans(self) -> list[Any]:
        scopes = self._scopes(ExportTraceServiceRequest, "/v1/traces", "resource_spans", "scope_spans")
        return [span for scope in scopes for span in scope.spans]

    def metrics(self) -> dict[str, Any]:
        scopes = self._scopes(ExportMetricsServiceRequest, "/v1/metrics", "resource_metrics", "scope_metrics")
        return {metric.name: metric for scope in scopes for metric in scope.metrics}

    def lines(self) -> list[Any]:
        scopes = self._scopes(ExportLogsServiceRequest, "/v1/logs", "resource_logs", "scope_logs")
        return [line for scope in scopes for line in scope.log_records]

    def _scopes(self, kind: Any, path: str, resources: str, scopes: str) -> Iterator[Any]:
        for place, body in self.bodies:
            if place == path:
                for each in getattr(kind.FromString(body), resources):
                    yield from getattr(each, scopes)


@contextmanager
def collecting() -> Iterator[Collector]:
    """On a free port of loopback, until the block ends."""
    came = Collector("")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            came.bodies.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
            came.headers.append(dict(self.headers))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """It says nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    came.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield came
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
