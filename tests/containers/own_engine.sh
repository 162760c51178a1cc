#!/bin/sh
# An engine of Debian's packages in namespaces of its own: no port, mount, process or firewall rule of this machine is touched.
#   own_engine.sh roots CACHE             make the roots that are missing, from the mirror that this machine's apt uses
#   own_engine.sh serve CACHE TREE NET    become the engine; NET is host (to build) or own (to run). Ends with its parent
set -eu

roots() {
    mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | head -n 1)
    cd "$1"
    if [ ! -e debian.done ]; then
        rm -rf tools debian; mkdir tools
        # Dropping root's rights for the download would need a folder that everybody reads.
        (cd tools && apt-get download -qq -o APT::Sandbox::User=root debootstrap && dpkg -x debootstrap_*.deb .)
        DEBOOTSTRAP_DIR=$PWD/tools/usr/share/debootstrap tools/usr/sbin/debootstrap --variant=minbase \
            --include=ca-certificates trixie "$PWD/debian" "$mirror" >debian.log 2>&1 || { tail -n 3 debian.log >&2; exit 1; }
        touch debian.done
    fi
    root engine docker.io docker-cli docker-compose docker-buildx iptables iproute2
    root python python3 python3-pip
}

root() { # root NAME PACKAGE…: a copy of the Debian root with packages added
    name=$1; shift
    if [ -e "$name.done" ]; then return; fi
    rm -rf "$name"; cp -a debian "$name"
    printf '#!/bin/sh\nexit 101\n' >"$name/usr/sbin/policy-rc.d"; chmod +x "$name/usr/sbin/policy-rc.d"
    unshare --mount --pid --fork --kill-child --mount-proc="$PWD/$name/proc" chroot "$name" sh -euc '
        export DEBIAN_FRONTEND=noninteractive; apt-get -q update; apt-get -qy --no-install-recommends install "$@"
        rm -rf /var/lib/apt/lists/* /var/cache/apt/archives/*.deb' sh "$@" >"$name.log" 2>&1 ||
        { tail -n 3 "$name.log" >&2; exit 1; }
    touch "$name.done"
}

serve() {
    cache=$1 tree=$2 net= flags=
    if [ "$3" = own ]; then net=--net; else flags="--bridge=none --iptables=false --ip6tables=false --ip-forward=false --ip-masq=false"; fi
    mkdir -p "$cache/data"
    # shellcheck disable=SC2086  # an empty word would be an argument
    E=$cache/engine C=$cache T=$tree FLAGS=$flags exec setpriv --pdeathsig KILL \
        unshare --mount $net --pid --fork --uts --ipc --kill-child=KILL --propagation private sh -euc '
        mount --bind "$E" "$E"; mkdir -p "$E/tree" "$E/cache" "$E/old" "$E/var/lib/docker"
        mount --bind "$T" "$E/tree"; mount --bind "$C" "$E/cache"; mount --bind "$C/data" "$E/var/lib/docker"
        mount --rbind /sys "$E/sys"; mount --rbind /dev "$E/dev"; mount -t proc proc "$E/proc"
        mount -t tmpfs tmpfs "$E/run"; mount -t tmpfs tmpfs "$E/tmp"
        ip link set lo up; cd "$E"; pivot_root . old; cd /; umount -l /old
        exec dockerd --cgroup-parent=/koppel-containers $FLAGS'
}

command=$1; shift
"$command" "$@"
