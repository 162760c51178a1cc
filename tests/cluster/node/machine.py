"""One whole node: containerd, kube-proxy and a kubelet in namespaces of their own, which can be killed and started again."""

import json
import subprocess
from contextlib import suppress
from pathlib import Path

import yaml
from tests.cluster.binaries import program
from tests.cluster.control_plane import ControlPlane
from tests.cluster.node import left
from tests.cluster.node.images import PAUSE
from tests.containers.compose import until
from tests.containers.engine import run

SCRIPT = Path(__file__).with_name("namespaces.sh")
NODES = 2
CONTROL_PLANE = "10.200.0.1"
"""Where nodes and pods find the API server and names; `namespaces.sh` has it."""
_PODS = "10.244.0.0/16"
_ENDS_WITHIN = 30.0


class Machine:
    """`folder` is its disk, which outlives it, and must not be on a file system that is itself an overlay."""

    def __init__(self, plane: ControlPlane, folder: Path, packages: Path, number: int) -> None:
        self._plane, self._folder, self._packages, self._number = plane, folder, packages, number
        self.name = f"node-{number}"
        self._socket = folder / "containerd.sock"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Power on; its programs start each other's order by themselves. Raises `SetupFailed` when containerd does not answer."""
        (self._folder / "logs").mkdir(parents=True, exist_ok=True)
        (self._folder / "cni").mkdir(exist_ok=True)
        self._write_settings()
        left.make_cgroup(self.name, left.CGROUPS)
        words = ["node", str(self._number), str(NODES), str(self._folder), str(self._packages)]
        with (self._folder / "logs/node.log").open("ab") as log:
            programs = [program("kubelet"), program("kube-proxy")]
            self._process = subprocess.Popen([str(SCRIPT), *words, *programs], stdout=log, stderr=log)
        until(self._answers, within=60, what=f"An answer of containerd on {self.name}")

    def kill(self) -> None:
        """As a power cut does: every process of it at once, those of its pods too."""
        if (process := self._process) is None:
            return
        process.kill()
        process.wait(_ENDS_WITHIN)
        self._process = None

    def kill_program(self, name: str) -> None:
        """One of its programs, -9; its first process starts it again."""
        found = [each for each in left.processes() if each.arguments[:1] and self._is(each.arguments, name)]
        for each in found:
            each.kill()

    def load(self, archive: Path) -> None:
        """Take its images in."""
        self._ctr("images", "import", str(archive))

    def tag(self, name: str, more: str) -> None:
        """Another name for an image."""
        self._ctr("images", "tag", "--force", name, more)

    def _is(self, arguments: list[str], name: str) -> bool:
        return Path(arguments[0]).name == name and any(str(self._folder) in each for each in arguments)

    def _answers(self) -> bool:
        return (
            self._socket.exists()
            and subprocess.run(self._command("version"), capture_output=True, check=False).returncode == 0
        )

    def _ctr(self, *words: str) -> str:
        return run(self._command(*words), said=f"ctr {' '.join(words[:2])} on {self.name}")

    def _command(self, *words: str) -> list[str]:
        return [f"{self._packages}/usr/bin/ctr", f"--address={self._socket}", "--namespace=k8s.io", *words]

    def _write_settings(self) -> None:
        access = self._plane.kubeconfig
        written = {
            "cni/koppel.conflist": json.dumps(self._network()),
            "containerd.toml": self._containerd(),
            "kubelet.yaml": yaml.safe_dump(self._kubelet()),
            "kube-proxy.yaml": yaml.safe_dump(_proxy(self.name, self._folder / "kubeconfig")),
            "resolv.conf": "",
            "kubeconfig": access.read_text("utf-8"),
        }
        for name, text in written.items():
            (self._folder / name).write_text(text, encoding="utf-8")

    def _network(self) -> dict[str, object]:
        """Each pod by a link of its own, so that everything is routed, and Services work between pods of a node."""
        addresses = {
            "type": "host-local",
            "ranges": [[{"subnet": f"10.244.{self._number}.0/24"}]],
            "routes": [{"dst": "0.0.0.0/0"}],
        }
        return {"cniVersion": "0.4.0", "name": "koppel", "plugins": [{"type": "ptp", "ipam": addresses}]}

    def _containerd(self) -> str:
        folder = self._folder
        return f"""\
version = 2
root = "{folder}/containerd"
state = "/run/koppel-containerd"
disabled_plugins = ["io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs",
  "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs"]
[grpc]
address = "{self._socket}"
[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "docker.io/{PAUSE}"
restrict_oom_score_adj = true
[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "{self._packages}/usr/lib/cni"
conf_dir = "{folder}/cni"
"""

    def _kubelet(self) -> dict[str, object]:
        return {
            "apiVersion": "kubelet.config.k8s.io/v1beta1",
            "kind": "KubeletConfiguration",
            "authentication": {"anonymous": {"enabled": True}, "webhook": {"enabled": False}},
            "authorization": {"mode": "AlwaysAllow"},
            "containerRuntimeEndpoint": f"unix://{self._socket}",
            "cgroupDriver": "cgroupfs",
            "cgroupRoot": f"/{left.CGROUP}/{self.name}",
            "failCgroupV1": False,
            "failSwapOn": False,
            "resolvConf": str(self._folder / "resolv.conf"),
            "clusterDomain": "cluster.local",
            "clusterDNS": [CONTROL_PLANE],
            "podLogsDir": str(self._folder / "pod-logs"),
            "imageGCHighThresholdPercent": 100,
            "evictionHard": {
                "memory.available": "100Mi",
                "nodefs.available": "1%",
                "imagefs.available": "1%",
            },
            "nodeStatusUpdateFrequency": "2s",
            "nodeLeaseDurationSeconds": 12,
        }


def _proxy(name: str, kubeconfig: Path) -> dict[str, object]:
    """Settings of the kernel for connections stay as they are."""
    return {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "mode": "nftables",
        "clusterCIDR": _PODS,
        "hostnameOverride": name,
        "clientConnection": {"kubeconfig": str(kubeconfig)},
        "conntrack": {"maxPerCore": 0, "tcpEstablishedTimeout": "0s", "tcpCloseWaitTimeout": "0s"},
    }


def kill_all(machines: list[Machine]) -> None:
    """All at once, whatever became of each."""
    for each in machines:
        with suppress(subprocess.TimeoutExpired):
            each.kill()
