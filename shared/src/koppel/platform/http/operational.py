"""Probes, metrics and the AsyncAPI document; without authentication, without secrets."""

from collections.abc import Callable, Mapping
from typing import Any

from fastapi import APIRouter
from starlette.responses import JSONResponse, Response

from koppel.kernel.errors import NotFound
from koppel.platform.health import Health, Report
from koppel.platform.telemetry.metrics import CONTENT_TYPE, metrics


def operational_router(health: Health, asyncapi: Callable[[], Mapping[str, Any]] | None) -> APIRouter:
    """`/livez`, `/readyz`, `/metrics`, `/asyncapi.json`."""
    router = APIRouter(include_in_schema=False)

    @router.get("/livez")
    async def livez() -> Response:
        return _answer(health.liveness(), "alive", "not_alive")

    @router.get("/readyz")
    async def readyz() -> Response:
        return _answer(await health.readiness(), "ready", "not_ready")

    @router.get("/metrics")
    async def exposition() -> Response:
        return Response(metrics.exposition(), headers={"Content-Type": CONTENT_TYPE})

    @router.get("/asyncapi.json")
    async def asyncapi_document() -> Response:
        if asyncapi is None:
            raise NotFound("asyncapi_document", "of this service")
        return JSONResponse(dict(asyncapi()))

    return router


def _answer(report: Report, good: str, bad: str) -> Response:
    checks = {
        name: {"ok": finding.ok} if finding.reason is None else {"ok": finding.ok, "reason": finding.reason}
        for name, finding in report.checks.items()
    }
    return JSONResponse(
        {"status": good if report.ok else bad, "checks": checks},
        status_code=200 if report.ok else 503,
        headers={"Cache-Control": "no-store"},
    )
