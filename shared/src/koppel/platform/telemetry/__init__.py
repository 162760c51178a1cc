"""Telemetry: traces, JSON logs and metrics, with secrets taken out before anything leaves the process.

`start`: all of it for a process; `export`: what is sent to a collector (`metric_export`, `log_export`).
`tracing`: spans; `propagation`: the trace that a call or event came with; `context`: what the running task is about.
`logs`: JSON lines; `commit_lines`: those that are written once a transaction has committed; `bounded_rate`: how many a minute.
`metrics`: counters and gauges; `metric_names`: the closed list of them.
`redaction`: takes secrets out of all of it.
"""

from koppel.platform.telemetry.commit_lines import log_on_commit
from koppel.platform.telemetry.context import RequestContext, bind_context, current_context, enrich_context
from koppel.platform.telemetry.logs import setup_logging
from koppel.platform.telemetry.metrics import metrics
from koppel.platform.telemetry.redaction import redact
from koppel.platform.telemetry.start import end_telemetry, setup_telemetry

__all__ = [
    "RequestContext",
    "bind_context",
    "current_context",
    "end_telemetry",
    "enrich_context",
    "log_on_commit",
    "metrics",
    "redact",
    "setup_logging",
    "setup_telemetry",
]
