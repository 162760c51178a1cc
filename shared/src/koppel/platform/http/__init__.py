"""HTTP for all services: one way to build an app, refuse input, page, repeat answers and know the caller.

`app` builds it; `context`: what its routes work with; `models`: bases of requests and answers; `pagination`: lists by key; `lists`: their search and count.
`request_boundary`, `body_limits`, `any_body`, `json_shape`, `methods`: what a request passes before its route, from outside to inside.
`principals`: who may call; `on_behalf`: for which organisation; `idempotency`: an answer is kept and repeated.
`problems`, `error_handlers`, `refusals`: what is refused, how it is told (RFC 9457), and the line that it leaves.
`openapi`, `docs_page`, `operational`: the document, the page that shows it, probes and metrics.
"""

from koppel.platform.http.any_body import takes_any_body
from koppel.platform.http.app import create_app
from koppel.platform.http.context import caller_of, provide, provided
from koppel.platform.http.idempotency import (
    AnswerSeal,
    idempotent,
    keep_answer,
    purge_idempotency_keys,
    repeated,
)
from koppel.platform.http.models import (
    SCATTERED,
    SEPARATED,
    Instant,
    RequestModel,
    ResponseModel,
    refuse_colliding,
)
from koppel.platform.http.openapi import HONOURS_IDEMPOTENCY_KEY, problems
from koppel.platform.http.pagination import (
    CountPageQuery,
    NumberPageQuery,
    Page,
    PageParams,
    PageQuery,
    TextPageQuery,
    TextPairPageQuery,
    decode_cursor,
    encode_cursor,
    paginate,
)
from koppel.platform.http.principals import (
    current_principal,
    require_operator,
    require_right,
    require_roles,
    require_service,
)
from koppel.platform.http.problems import PROBLEM_JSON, Problem, problem_response

__all__ = [
    "HONOURS_IDEMPOTENCY_KEY",
    "PROBLEM_JSON",
    "SCATTERED",
    "SEPARATED",
    "AnswerSeal",
    "CountPageQuery",
    "Instant",
    "NumberPageQuery",
    "Page",
    "PageParams",
    "PageQuery",
    "Problem",
    "RequestModel",
    "ResponseModel",
    "TextPageQuery",
    "TextPairPageQuery",
    "caller_of",
    "create_app",
    "current_principal",
    "decode_cursor",
    "encode_cursor",
    "idempotent",
    "keep_answer",
    "paginate",
    "problem_response",
    "problems",
    "provide",
    "provided",
    "purge_idempotency_keys",
    "refuse_colliding",
    "repeated",
    "require_operator",
    "require_right",
    "require_roles",
    "require_service",
    "takes_any_body",
]
