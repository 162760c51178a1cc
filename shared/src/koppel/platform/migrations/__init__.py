"""Plain SQL migrations, forward only; the platform's tables first, then the service's own.

Files are named `NNNN_pre_<what>.sql` (before the new code runs) or `NNNN_post_<what>.sql` (after the last old
process is gone). Each runs in a transaction of its own, under a lock and a statement time-out, and is remembered with
its hash: an applied file is never edited. `create index concurrently if not exists …` stands alone in its file and
runs outside a transaction.

`scripts`: which files there are and which are pending; `applying`: runs them under a lock, within `limits`; `concurrent_index`:
the index that is built outside; `readiness`: a service waits for what it needs.
"""

from koppel.platform.migrations.applying import migrate
from koppel.platform.migrations.limits import Limits
from koppel.platform.migrations.readiness import SchemaCheck
from koppel.platform.migrations.scripts import Phase, Script, pending, scripts

__all__ = ["Limits", "Phase", "SchemaCheck", "Script", "migrate", "pending", "scripts"]
