#!/bin/sh
# Runs once, when the db container of docker-compose.yml makes its data folder: a role for the
# product that owns its database but is no superuser, so that it cannot switch off triggers.
set -eu

psql --set=ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
  --set=password="$DATABASE_PASSWORD" <<'SQL'
CREATE ROLE kennisborg LOGIN PASSWORD :'password';
CREATE DATABASE kennisborg OWNER kennisborg;
SQL
