"""Who calls: bearer tokens in, principals and rights out; this service's own token for calls to others.

`authenticator`: a token is verified; `claims`: where it says who calls; `key_sets`: with which public keys; `principal`: what it says of the caller.
`rights`: what each role of a person may do; `service_access`: what each service may do, of the names in `operations`.
`service_token`: the token that this service sends.
"""

from koppel.platform.identity.authenticator import Authenticator
from koppel.platform.identity.claims import ClaimNames
from koppel.platform.identity.key_sets import JwksFile, JwksUrl, KeySet
from koppel.platform.identity.operations import Operation
from koppel.platform.identity.principal import Principal, PrincipalKind
from koppel.platform.identity.rights import (
    ADD_ADMINISTRATIONS,
    MANAGE_ASSIGNMENTS,
    MANAGE_CONNECTIONS,
    OPERATOR,
    PAYLOAD,
    PREVIEW,
    READ,
    REPLAY,
    SYNC_ON_DEMAND,
)
from koppel.platform.identity.service_access import DEFAULT_ACCESS, ServiceAccess
from koppel.platform.identity.service_token import ServiceToken

__all__ = [
    "ADD_ADMINISTRATIONS",
    "DEFAULT_ACCESS",
    "MANAGE_ASSIGNMENTS",
    "MANAGE_CONNECTIONS",
    "OPERATOR",
    "PAYLOAD",
    "PREVIEW",
    "READ",
    "REPLAY",
    "SYNC_ON_DEMAND",
    "Authenticator",
    "ClaimNames",
    "JwksFile",
    "JwksUrl",
    "KeySet",
    "Operation",
    "Principal",
    "PrincipalKind",
    "ServiceAccess",
    "ServiceToken",
]
