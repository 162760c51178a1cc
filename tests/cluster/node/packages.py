"""containerd, runc, network plugins and nft: Debian's packages, unpacked in the cache and not installed."""

import os
import shutil
from hashlib import sha256
from pathlib import Path

from tests.cluster.binaries import folder
from tests.containers.engine import run

PACKAGES = (
    *("containerd", "runc", "containernetworking-plugins"),
    *(
        "nftables",
        "libnftables1",
        "libnftnl11",
        "libmnl0",
        "libjansson4",
        "libxtables12",
        "libedit2",
        "libbsd0",
    ),
)
_FETCH = 'apt-get download -qq -o APT::Sandbox::User=root "$@"; for each in *.deb; do dpkg -x "$each" .; rm "$each"; done'


def unpacked() -> Path:
    """Where they lie as under `/`. Raises `SetupFailed` with what apt said."""
    kept = folder() / f"debian-{sha256(' '.join(PACKAGES).encode()).hexdigest()[:8]}"
    if not kept.is_dir():
        made = kept.with_name(f"{kept.name}.{os.getpid()}")
        shutil.rmtree(made, ignore_errors=True)
        made.mkdir(parents=True)
        script = ["sh", "-euc", f'cd "$1"; shift; {_FETCH}', "sh", str(made), *PACKAGES]
        run(script, said=f"Fetching {', '.join(PACKAGES)}")
        made.replace(kept)
    return kept
