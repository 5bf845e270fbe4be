# One image for web, worker, beat and migrations; docker-compose.yml says which is which.

FROM python:3.11-slim-bookworm AS build
WORKDIR /app
RUN python -m venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
COPY requirements/base.txt requirements/base.txt
RUN pip install --require-hashes --requirement requirements/base.txt
RUN apt-get update && apt-get install --yes --no-install-recommends nodejs npm
COPY . .
RUN python -m config.assets.build \
    && for catalogue in config/locale/*/LC_MESSAGES/*.po; do \
         pybabel compile --domain django --input-file "$catalogue" --output-file "${catalogue%.po}.mo" || exit 1; \
       done \
    && VAR_DIR=/tmp/collect STATIC_ROOT=/app/static python manage.py collectstatic --no-input --verbosity 0 \
    && rm -rf var

FROM python:3.11-slim-bookworm
RUN apt-get update \
    && apt-get install --yes --no-install-recommends \
         libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-noto-cjk postgresql-client \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --system --uid 10001 tonghui
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
WORKDIR /app
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 VAR_DIR=/tmp/tonghui STATIC_ROOT=/app/static
USER tonghui
EXPOSE 8000
CMD ["gunicorn", "config.wsgi", "--config", "python:config.web_server"]
