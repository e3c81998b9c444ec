"""docker-compose.yml, judged by Docker's own compose: what it starts exists, and what must not be open is closed."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

from deploy.stack import DOCKER, PARTS, ROOT, compose, image_environment, instruction, run, stages, tool
from endgame import cli
from endgame.app import Part
from endgame.config import load_settings


@pytest.fixture(scope="module")
def stack() -> dict[str, Any]:
    return compose("--profile", "watch")


@pytest.fixture(scope="module")
def services(stack: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = stack["services"]
    return found


def test_the_judge_refuses_what_is_not_a_compose_file() -> None:
    done = run(tool("docker-compose"), "-f", "-", "config", stdin="services: {x: {image: a, helthcheck: {}}}")
    assert done.stdout == "", "its Python wrapper ends with 0 whatever it says"
    assert "helthcheck" in done.stderr


def test_the_product_needs_no_profile_and_watching_it_is_one() -> None:
    plain = set(compose()["services"])
    assert plain == {"postgres", "pm-migrate", *PARTS, "ui"}
    assert set(compose("--profile", "watch")["services"]) == plain | {"prometheus", "grafana"}


@pytest.mark.parametrize("name", [*PARTS, "pm-migrate"])
def test_every_command_is_one_of_the_program_and_its_settings_are_accepted(
    services: dict[str, Any], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = services[name]
    (command,) = service["command"]
    assert command in get_command(cli.app).commands  # type: ignore[attr-defined]
    assert command == name.removeprefix("pm-")
    for variable in [one for one in os.environ if one.startswith("ENDGAME_")]:
        monkeypatch.delenv(variable)
    for variable, value in {**image_environment(), **service["environment"]}.items():
        monkeypatch.setenv(variable, value or "")
    settings = load_settings()
    assert settings.database.url.get_secret_value() == "postgresql://endgame@postgres:5432/endgame"
    assert settings.database.password_file == f"/run/secrets/{service['secrets'][0]['source']}"
    assert (settings.monitor.enabled, settings.monitor.host) == (True, "0.0.0.0")  # noqa: S104 - in its own network
    assert instruction(stages("Dockerfile")[-1], "EXPOSE").split() == [
        str(settings.api.port), str(settings.monitor.port),
    ]  # fmt: skip


def test_every_part_of_the_program_is_a_service_and_reports_by_its_monitor_port(services: dict[str, Any]) -> None:
    assert {f"pm-{part.value}" for part in Part} == set(PARTS)
    port = image_environment()["ENDGAME_MONITOR__PORT"]
    for name in PARTS:
        assert f"'127.0.0.1', {port}" in services[name]["healthcheck"]["test"][-1]
    scraped = yaml.safe_load((DOCKER / "prometheus" / "prometheus.yml").read_text(encoding="utf-8"))["scrape_configs"]
    found = {one["job_name"]: one["dns_sd_configs"][0] for one in scraped if "dns_sd_configs" in one}
    assert found.keys() == set(PARTS)
    assert all((one["names"], str(one["port"])) == ([name], port) for name, one in found.items())


def test_the_page_finds_the_api_where_it_listens(services: dict[str, Any]) -> None:
    listens = f"pm-api:{image_environment()['ENDGAME_API__PORT']}"
    assert services["ui"]["build"]["args"]["API"] == listens
    assert f"API={listens}" in [rest for word, rest in stages("Dockerfile.ui")[1] if word == "ARG"]
    assert services["ui"]["ports"][0]["target"] == int(instruction(stages("Dockerfile.ui")[-1], "EXPOSE"))


def test_the_api_answers_to_few_names_although_it_listens_everywhere(services: dict[str, Any]) -> None:
    assert image_environment()["ENDGAME_API__HOST"] == "0.0.0.0"  # noqa: S104 - in its own network
    assert services["pm-api"]["environment"]["ENDGAME_API__ALLOWED_HOSTS"] == "localhost"


def test_only_the_page_and_the_watchers_are_published_and_on_loopback_only(services: dict[str, Any]) -> None:
    published = {name: service["ports"] for name, service in services.items() if "ports" in service}
    assert set(published) == {"ui", "prometheus", "grafana"}
    assert {port["host_ip"] for ports in published.values() for port in ports} == {"127.0.0.1"}


def test_no_password_stands_in_the_file_and_each_comes_from_a_secret(stack: dict[str, Any]) -> None:
    for name, service in stack["services"].items():
        for variable, value in service.get("environment", {}).items():
            if "PASSWORD" in variable:
                assert variable.endswith("FILE"), f"{name}: {variable}"
                assert value.removeprefix("/run/secrets/") in {one["source"] for one in service["secrets"]}
            assert not re.search(r"//[^/@]*:[^/@]*@", str(value)), f"{name}: {variable}"
    assert all(set(secret) <= {"name", "file"} for secret in stack["secrets"].values())
    assert "/secrets/" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()


def test_every_service_is_bounded_restarted_and_holds_no_right_that_it_does_not_need(services: dict[str, Any]) -> None:
    for name, service in services.items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert int(service["mem_limit"]) <= 2 * 1024**3, name
        assert service["pids_limit"] <= 512, name
        assert "network_mode" not in service, name
        assert not {"privileged", "cap_add", "devices", "pid", "ipc"} & {key for key, value in service.items() if value}
        assert service["restart"] == ("on-failure:5" if name == "pm-migrate" else "unless-stopped"), name
        assert service["logging"]["options"]["max-size"], name
        assert not service["image"].endswith(":latest"), name


def test_every_service_that_stays_has_a_health_check(services: dict[str, Any]) -> None:
    of_its_image = {"ui", "grafana"}
    for name in set(services) - of_its_image - {"pm-migrate"}:
        assert services[name]["healthcheck"]["test"][0] == "CMD", name
    assert services["pm-migrate"]["healthcheck"] == {"disable": True}
    assert any(word == "HEALTHCHECK" for word, _ in stages("Dockerfile.ui")[-1])


def test_nothing_starts_before_what_it_needs(services: dict[str, Any]) -> None:
    def needs(name: str) -> dict[str, str]:
        return {other: how["condition"] for other, how in services[name].get("depends_on", {}).items()}

    assert needs("pm-migrate") == {"postgres": "service_healthy"}
    for name in PARTS:
        assert needs(name) == {"postgres": "service_healthy", "pm-migrate": "service_completed_successfully"}
    assert needs("ui") == {"pm-api": "service_healthy"}
    assert needs("grafana") == {"prometheus": "service_healthy"}


def test_the_database_is_reached_from_inside_only(stack: dict[str, Any]) -> None:
    assert stack["networks"]["inside"]["internal"] is True
    assert set(stack["services"]["postgres"]["networks"]) == {"inside"}
    outside = {name for name, service in stack["services"].items() if "outside" in service["networks"]}
    assert outside == {"pm-ingest", "ui", "prometheus", "grafana"}


def test_every_file_that_is_mounted_exists(services: dict[str, Any]) -> None:
    mounted = [volume for service in services.values() for volume in service.get("volumes", [])]
    bound = [volume for volume in mounted if volume["type"] == "bind"]
    assert len(bound) >= 4
    for volume in bound:
        assert Path(volume["source"]).exists(), volume["source"]
        assert volume["read_only"] is True


def test_more_of_a_part_can_be_started_because_none_has_a_name_or_port_of_its_own(services: dict[str, Any]) -> None:
    for name in PARTS:
        assert not {"container_name", "ports"} & set(services[name])
