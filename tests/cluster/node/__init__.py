"""`make cluster NODE=1`: whole nodes. containerd, runc, kube-proxy and a kubelet each run the project's images as deploy/kubernetes says.

Networks, mounts and processes are in namespaces of their own; it needs root on Debian and what `make containers` needs.
PostgreSQL, Kafka, a provider's stand-in and an issuer run beside, as pods. No network policy is enforced, and no ingress controller runs.
"""
