# For grafana/grafana, which cannot be had: it is healthy when its user can read every provisioned file, and shows nothing.
FROM python:3.13-slim
RUN apt-get update -qq && apt-get install -qqy --no-install-recommends wget >/dev/null && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 472 --gid 0 grafana && install -d -o grafana -g root /var/lib/grafana
COPY --chmod=755 grafana.py /run.py
USER 472
VOLUME /var/lib/grafana
ENTRYPOINT ["python", "/run.py"]
