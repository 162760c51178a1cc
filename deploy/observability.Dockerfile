# The observability images with their configuration inside: mounted files could not be read after a clone with umask 077.
# Built from the folder deploy: docker compose --profile observability build
ARG COLLECTOR_IMAGE=otel/opentelemetry-collector-contrib:0.130.0
ARG PROMETHEUS_IMAGE=prom/prometheus:v3.5.0
ARG ALERTMANAGER_IMAGE=prom/alertmanager:v0.28.1
ARG GRAFANA_IMAGE=grafana/grafana:12.0.0

FROM ${COLLECTOR_IMAGE} AS otel-collector
COPY --chmod=644 otel/collector.yaml /etc/koppel/collector.yaml

FROM ${PROMETHEUS_IMAGE} AS prometheus
COPY --chmod=644 prometheus/prometheus.yml prometheus/rules.yml /etc/prometheus/

FROM ${ALERTMANAGER_IMAGE} AS alertmanager
# Who is told of what: a file of your own below deploy.
ARG ALERTMANAGER_FILE=prometheus/alertmanager.example.yml
COPY --chmod=644 ${ALERTMANAGER_FILE} /etc/alertmanager/alertmanager.yml

FROM ${GRAFANA_IMAGE} AS grafana
COPY --chmod=755 grafana/provisioning /etc/grafana/provisioning
COPY --chmod=755 grafana/dashboards /etc/koppel/dashboards
