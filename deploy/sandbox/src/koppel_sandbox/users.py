"""Who logs in at a provider whose logins are no more than a name, a password and the companies that they reach."""

from dataclasses import dataclass, field

from koppel_sandbox.documents import JsonObject


@dataclass(frozen=True, slots=True)
class User:
    username: str
    password: str = field(repr=False)
    company_ids: tuple[str, ...]

    def described(self) -> JsonObject:
        """For the settings call."""
        return {"username": self.username, "password": self.password, "company_ids": self.company_ids}
