#!/bin/sh
# What whole nodes live in. Nothing of this machine is touched: no interface, mount, process, firewall rule or setting of the kernel.
#   namespaces.sh cluster COMMAND…                              run it where a bridge joins the nodes. Ends with its parent
#   namespaces.sh node NUMBER COUNT FOLDER PACKAGES KUBELET PROXY   be that node of so many, from within. Ends with its parent
# Nodes are 10.200.0.11 and so on, their pods 10.244.<number>.0/24, Services 10.96.0.0/24; 10.200.0.1 is the control plane.
set -eu

apart() { exec setpriv --pdeathsig KILL unshare --mount --pid --ipc --uts --fork --kill-child=KILL --mount-proc --propagation private "$@"; }

cluster() {
    apart --net sh -euc '
        ip link set lo up
        ip link add koppel0 type bridge; ip address add 10.200.0.1/24 dev koppel0; ip link set koppel0 up
        mount -t tmpfs tmpfs /run
        printf "nameserver 10.200.0.1\nsearch svc.cluster.local\noptions ndots:5\n" >/run/resolv.conf
        mount --bind /run/resolv.conf /etc/resolv.conf
        exec "$@"' sh "$@"
}

node() {
    number=$1 count=$2; shift 2
    ip link delete "node-$number" 2>/dev/null || :
    ip netns delete "node-$number" 2>/dev/null || :
    ip netns add "node-$number"
    ip link add "node-$number" type veth peer name eth0 netns "node-$number"
    ip link set "node-$number" master koppel0 up
    inside="ip -netns node-$number"
    $inside link set lo up
    $inside address add "10.200.0.1$number/24" dev eth0
    $inside link set eth0 up
    $inside route add default via 10.200.0.1
    for other in $(seq "$count"); do
        [ "$other" = "$number" ] || $inside route add "10.244.$other.0/24" via "10.200.0.1$other"
    done
    ip route replace "10.244.$number.0/24" via "10.200.0.1$number"
    # Callers outside reach Services through the first node, as through a load balancer that knows one.
    [ "$number" != 1 ] || ip route replace 10.96.0.0/24 via 10.200.0.11
    apart nsenter --net="/run/netns/node-$number" "$0" within "node-$number" "$@"
}

within() { # NAME FOLDER PACKAGES KUBELET PROXY: the first process of a node. What ends is started again, as systemd does
    name=$1 folder=$2 packages=$3 kubelet=$4 proxy=$5
    printf '%s\n' "$name" >/proc/sys/kernel/hostname
    mount -t tmpfs tmpfs /run; mkdir /run/upper /run/work /run/kernel
    mount -t overlay -o lowerdir=/var,upperdir=/run/upper,workdir=/run/work overlay /var
    # What a kubelet sets for the whole kernel: here it sets a file.
    set_aside 1 vm/overcommit_memory; set_aside 0 vm/panic_on_oom
    set_aside 10 kernel/panic; set_aside 1 kernel/panic_on_oops
    set_aside 1000000 kernel/keys/root_maxkeys; set_aside 25000000 kernel/keys/root_maxbytes
    PATH=$packages/usr/bin:$packages/usr/sbin:$PATH
    rm -f "$folder/containerd.sock"
    again containerd containerd --config="$folder/containerd.toml"
    until [ -S "$folder/containerd.sock" ]; do sleep 0.1; done
    again kube-proxy env LD_LIBRARY_PATH="$(printf '%s:' "$packages"/usr/lib/*-linux-gnu "$packages"/lib/*-linux-gnu)" "$proxy" --config="$folder/kube-proxy.yaml"
    again kubelet "$kubelet" --config="$folder/kubelet.yaml" --kubeconfig="$folder/kubeconfig" --hostname-override="$name" \
        --node-ip="$(ip -4 -brief address show eth0 | tr -s ' ' | cut -d ' ' -f 3 | cut -d / -f 1)" \
        --node-labels="topology.kubernetes.io/zone=zone-$name" --root-dir="$folder/kubelet" --cert-dir="$folder/pki"
    wait
}

set_aside() { printf '%s\n' "$1" >"/run/kernel/${2##*/}"; mount --bind "/run/kernel/${2##*/}" "/proc/sys/$2"; }

again() { # NAME COMMAND…: in the background, with a log of its own
    log=$folder/logs/$1.log; shift
    while :; do "$@" >>"$log" 2>&1 || :; sleep 1; done &
}

command=$1; shift
"$command" "$@"
