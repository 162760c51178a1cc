"""How a demonstration fails: which step, what was expected, what came."""

from koppel.kernel.errors import Permanent


class Unexpected(Exception):
    """Something else came than was expected; both are said in a few words."""

    def __init__(self, expected: str, came: str) -> None:
        super().__init__(f"expected {expected}; came {came}")
        self.expected = expected
        self.came = came


class DemoFailed(Permanent):
    """A step did not do what it promised."""

    def __init__(self, number: int, title: str, expected: str, came: str) -> None:
        super().__init__(
            "demo_failed", f'step {number}, "{title}", failed. Expected: {expected}. What came: {came}.'
        )


def require(holds: bool, expected: str, came: object) -> None:
    """Raises `Unexpected` unless it holds."""
    if not holds:
        raise Unexpected(expected, str(came))
