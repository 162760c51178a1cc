"""The checkout as a private clone has it (umask 077), without what was made here."""

import os
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
_MIGRATIONS = "services/sync-svc/src/sync_svc/migrations"
LAID_OVER = ("9001_pre_containers.sql", "9002_post_containers.sql")


def copy_tree(target: Path) -> None:
    """Every file that git knows or would take, readable by its owner only."""
    listed = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        capture_output=True,
        check=True,
    )
    before = os.umask(0o077)
    try:
        for name in filter(None, listed.stdout.decode().split("\0")):
            if (source := ROOT / name).exists() or source.is_symlink():
                (place := target / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(source, place, follow_symlinks=False)
                if not place.is_symlink():
                    place.chmod(0o700 if os.access(source, os.X_OK) else 0o600)
    finally:
        os.umask(before)


def lay_over(tree: Path) -> None:
    """The next release: one `pre` and one `post` migration of sync-svc."""
    pre, post = LAID_OVER
    folder = tree / _MIGRATIONS
    (folder / pre).write_text("create table containers_upgrade (id int primary key);\n", encoding="utf-8")
    (folder / post).write_text("drop table containers_upgrade;\n", encoding="utf-8")
