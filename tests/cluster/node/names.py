"""CoreDNS beside the control plane: names of Services, for pods and for callers outside."""

from pathlib import Path

from tests.cluster.binaries import program
from tests.cluster.control_plane import ControlPlane

_SETTINGS = """\
.:53 {{
    errors
    kubernetes cluster.local {{
        kubeconfig {kubeconfig}
    }}
}}
"""


def serve_names(plane: ControlPlane, folder: Path) -> None:
    """It ends with the control plane."""
    settings = folder / "Corefile"
    settings.write_text(_SETTINGS.format(kubeconfig=plane.kubeconfig), encoding="utf-8")
    plane.start_program("coredns", program("coredns"), f"-conf={settings}")
