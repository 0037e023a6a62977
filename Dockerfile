# The portal for servers: web, worker, clock and commands are one image; compose.yaml says which.
# requirements.txt is written by
#   uv export --format requirements-txt --no-dev --no-emit-project --no-header --no-annotate -o requirements.txt
# and holds a hash for every file; no package without one is installed.

FROM python:3.11-slim AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/portal
COPY requirements.txt /build/requirements.txt
RUN /opt/portal/bin/pip install --require-hashes --no-deps --only-binary :all: -r /build/requirements.txt
COPY manage.py LICENSE /srv/portal/
COPY ipaportal /srv/portal/ipaportal
COPY credentialing /srv/portal/credentialing
COPY capitation /srv/portal/capitation
COPY purchasing /srv/portal/purchasing
COPY compliance /srv/portal/compliance
RUN /opt/portal/bin/python -m compileall -q /srv/portal

FROM python:3.11-slim
RUN groupadd --gid 10001 portal \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin portal \
 && install -d -o portal -g portal -m 0700 /data
COPY --from=build /opt/portal /opt/portal
COPY --from=build /srv/portal /srv/portal
ENV PATH=/opt/portal/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    IPA_DATA_DIR=/data
WORKDIR /srv/portal
USER 10001:10001
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s CMD ["python", "-m", "ipaportal.home.probe", "web"]
CMD ["gunicorn", "ipaportal.wsgi", "--bind", "0.0.0.0:8000", "--workers", "4", "--worker-class", "gthread", "--threads", "4", "--timeout", "120", "--no-control-socket", "--worker-tmp-dir", "/dev/shm"]
