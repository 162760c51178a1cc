# For prom/alertmanager: Debian's, of the same version.
FROM python:3.13-slim
RUN apt-get update -qq && apt-get install -qqy --no-install-recommends prometheus-alertmanager wget >/dev/null && rm -rf /var/lib/apt/lists/* \
    && install -d -o nobody -g nogroup /alertmanager
WORKDIR /alertmanager
USER nobody
VOLUME /alertmanager
ENTRYPOINT ["/usr/bin/prometheus-alertmanager"]
