# For otel/opentelemetry-collector-contrib: a collector of the same version with the parts that deploy/otel/collector.yaml names.
FROM python:3.13-slim AS build
COPY otel-collector.yaml /src/
ARG VERSION
RUN apt-get update -qq && apt-get install -qqy --no-install-recommends golang-go >/dev/null \
    && sed -i "s/VERSION/${VERSION}/" /src/otel-collector.yaml \
    && CGO_ENABLED=0 GOTOOLCHAIN=local go run "go.opentelemetry.io/collector/cmd/builder@v${VERSION}" --config /src/otel-collector.yaml \
    && apt-get purge -qqy --autoremove golang-go >/dev/null && rm -rf ~/go ~/.cache /var/lib/apt/lists

FROM scratch
COPY --from=build /out/otelcol /otelcol
USER 10001
ENTRYPOINT ["/otelcol"]
