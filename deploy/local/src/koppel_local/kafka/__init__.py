"""A Kafka broker of our own: one node of KRaft, run from Apache's jars.

`server`: started, stopped, its data. `readiness`: when it answers. `topics`: made as `koppel.contracts.topics` says.
`topic_differences`: compared with it, and brought in line. `admin`: who is asked for that. `given`: a cluster of somebody else.
`class_path`, `jars`, `jar_download`: the jars of `assets/jars.lock`, downloaded once and checked. `java`: which one runs it.
"""
