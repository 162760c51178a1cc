"""`/v1/oauth/{provider}/callback` on the console's own host, where an ingress brings it here and not to connection-svc.

connection-svc binds a login round to the browser by a cookie of this path, which the console passed on; so both see the same one.
"""

import asyncio

import httpx
from fastapi import APIRouter, Request
from starlette.responses import Response

from koppel_console.pages.screen import Screen
from koppel_console.pages.visit import Guest
from koppel_console.services.calls import ACT_SECONDS, found_by, segment
from koppel_console.services.problem import problem_of, silence
from koppel_console.words import Words

router = APIRouter(include_in_schema=False)
SCREEN = Screen(router)
_COOKIES = "koppel_login_"
"""Only these are connection-svc's; the session is none of its business."""


@router.get("/v1/oauth/{provider}/callback")
async def come_back(visit: Guest, request: Request, provider: str) -> Response:
    """Pass the provider's answer on, and what connection-svc says to it back."""
    url = (
        f"{visit.parts.services['connection-svc']}/v1/oauth/{segment(provider)}/callback?{request.url.query}"
    )
    own = "; ".join(f"{name}={value}" for name, value in request.cookies.items() if name.startswith(_COOKIES))
    headers = found_by(visit.correlation_id) | ({"Cookie": own} if own else {})
    try:
        async with asyncio.timeout(ACT_SECONDS):
            told = await visit.parts.http.get(url, headers=headers, follow_redirects=False)
    except (httpx.HTTPError, TimeoutError):
        problem = silence("connection-svc", "service_away", visit.correlation_id)
    else:
        if told.is_redirect:
            answer = Response(status_code=303, headers={"Location": told.headers["location"]})
            for cookie in told.headers.get_list("set-cookie"):
                answer.headers.append("set-cookie", cookie)
            return answer
        problem = problem_of("connection-svc", told, visit.correlation_id)
    title = Words("Inloggen is niet gelukt", "The login failed")
    return visit.page("not_there.html", title, status=problem.page_status, problem=problem)
