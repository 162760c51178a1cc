"""How much work a run of the benchmark does."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """`contacts` a sync; `rounds` of every comparison; `memory_records` in syncs of `contacts` each."""

    contacts: int = 100_000
    rounds: int = 3
    memory_records: int = 1_000_000
    administrations: int = 1_000

    def scaled(self, factor: float) -> "Sizes":
        """Everything but the rounds, multiplied; at least one of each."""
        return replace(
            self,
            contacts=max(1, round(self.contacts * factor)),
            memory_records=max(1, round(self.memory_records * factor)),
            administrations=max(1, round(self.administrations * factor)),
        )

    @property
    def memory_syncs(self) -> int:
        """First syncs that it takes for so many records; none when no record is asked for."""
        return -(-self.memory_records // self.contacts)
