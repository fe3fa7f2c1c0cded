# Builds the same environment as ./run: the hashed lock, then this package.
FROM python:3.13-slim AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/pacesetter
COPY requirements.lock /src/
RUN /opt/pacesetter/bin/python -m pip install --require-hashes -r /src/requirements.lock
COPY pyproject.toml README.md LICENSE /src/
COPY app /src/app
COPY forecasting /src/forecasting
COPY rostering /src/rostering
COPY migrations /src/migrations
RUN /opt/pacesetter/bin/python -m pip install --no-deps --no-build-isolation /src

FROM python:3.13-slim
RUN useradd --create-home --uid 10001 pacesetter && install -d -o pacesetter -g pacesetter /data
COPY --from=build --chown=pacesetter:pacesetter /opt/pacesetter /opt/pacesetter
ENV PATH=/opt/pacesetter/bin:$PATH PACESETTER_DATA_DIR=/data PACESETTER_HOST=0.0.0.0 PACESETTER_PORT=8999 NUMBA_CACHE_DIR=/data/numba
USER 10001
VOLUME /data
EXPOSE 8999
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import httpx, os; httpx.get(f\"http://127.0.0.1:{os.environ['PACESETTER_PORT']}/health/ready\").raise_for_status()"]
CMD ["pacesetter", "serve"]
