"""What Exact means by refusing a token call: the same `error` stands for different things, so descriptions decide."""

from koppel.providers.token_refusals import TokenRefusal, TokenVerdict

REFUSALS = (
    TokenRefusal(verdict=TokenVerdict.TOO_EARLY, header=("Reason", "TooEarly")),
    TokenRefusal(verdict=TokenVerdict.TOO_EARLY, says="access_token not expired"),
    TokenRefusal(verdict=TokenVerdict.GRANT_DEAD, says="old refresh token used"),
    TokenRefusal(verdict=TokenVerdict.GRANT_DEAD, says="refresh token expired"),
    TokenRefusal(verdict=TokenVerdict.GRANT_DEAD, says="chainid"),
    TokenRefusal(verdict=TokenVerdict.OUR_REQUEST, error="access_denied"),
)
"""Any other refusal is read by RFC 6749: `invalid_grant` is a dead login too, and the rest is ours. An `access_denied` that
nothing explains is ours as well: nobody is asked for consent here, and trying again each minute would spend the day's calls."""
