# For prom/prometheus: Debian's, which is 2.53 and reads the same configuration and rules.
FROM python:3.13-slim
RUN apt-get update -qq && apt-get install -qqy --no-install-recommends prometheus wget >/dev/null && rm -rf /var/lib/apt/lists/* \
    && rm -r /etc/prometheus && install -d -o nobody -g nogroup /prometheus
WORKDIR /prometheus
USER nobody
VOLUME /prometheus
ENTRYPOINT ["/usr/bin/prometheus"]
