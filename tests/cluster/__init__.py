"""`make cluster`: the manifests of deploy/kubernetes, applied to a control plane of Kubernetes that runs here.

The API server, its admission, the controllers, the scheduler and etcd are Kubernetes' own programs. Nodes are stand-ins: they
take pods as kubelets do and start no container; `nodes.py` says what they claim. docs/operating.md says how to read the log.
"""
