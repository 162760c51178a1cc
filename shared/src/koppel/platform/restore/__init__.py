"""A database that went back in time: detected before the first write, and acknowledged by a person.

`detect`: the check at start; it compares the log with what Kafka has, and refuses to go on.
`published`: what Kafka holds of the service's own events, and which of them the log does not know.
`acknowledge`: versions continue above those published, groups read again from the restore on, and the audit has it.
`command`: `<service> accept-restore`, which an operator runs.
"""

from koppel.platform.restore.acknowledge import Acceptance, accept_restore
from koppel.platform.restore.detect import RestoreCheck

__all__ = ["Acceptance", "RestoreCheck", "accept_restore"]
