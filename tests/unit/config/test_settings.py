"""Flag over environment over settings.env over default, and every mistake explained at once."""

from pathlib import Path

import pytest

from connector.config.environment import read_environment
from connector.config.problems import ConfigProblems
from connector.config.settings import Settings, load_settings

REPOSITORY = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory, and none of our variables set."""
    for name in Settings.model_fields:
        monkeypatch.delenv(f"CONNECTOR_{name.upper()}", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def message(**overrides: object) -> str:
    with pytest.raises(ConfigProblems) as caught:
        load_settings(**overrides)
    return str(caught.value)


def test_defaults_hold_where_nothing_is_set() -> None:
    assert load_settings().model_dump() == {
        "mappings": Path("mappings"),
        "database_url": "sqlite:///connector.db",
        "log_level": "info",
        "log_format": "auto",
        "listen": "127.0.0.1:8080",
        "public_url": "",
        "alert_webhook": "",
        "deadman_url": "",
    }


def test_file_wins_over_default(folder: Path) -> None:
    (folder / "settings.env").write_text("CONNECTOR_LOG_LEVEL=debug\n")
    assert load_settings().log_level == "debug"


def test_environment_wins_over_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "settings.env").write_text("CONNECTOR_LOG_LEVEL=debug\n")
    monkeypatch.setenv("CONNECTOR_LOG_LEVEL", "ERROR")
    assert load_settings().log_level == "error"


def test_flag_wins_over_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONNECTOR_MAPPINGS", "there")
    assert load_settings(mappings=Path("here")).mappings == Path("here")


def test_flag_that_was_not_given_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONNECTOR_MAPPINGS", "there")
    assert load_settings(mappings=None).mappings == Path("there")


@pytest.mark.parametrize("listen", ["", "127.0.0.1:0", "0.0.0.0:80", "[::1]:8080", "localhost:8080"])
def test_place_to_listen_is_accepted(listen: str) -> None:
    assert load_settings(listen=listen).listen == listen


def test_public_url_loses_its_last_slash() -> None:
    assert load_settings(public_url="https://c.example/hooks/").public_url == "https://c.example/hooks"


@pytest.mark.parametrize("name", ["alert_webhook", "deadman_url"])
def test_address_for_alerts_is_https_or_on_this_machine(name: str) -> None:
    assert (
        getattr(load_settings(**{name: "https://alerts.example/hook/abc"}), name) == "https://alerts.example/hook/abc"
    )
    assert getattr(load_settings(**{name: "http://127.0.0.1:9093/hook"}), name) == "http://127.0.0.1:9093/hook"
    assert "is http, which anyone on the way can read" in message(**{name: "http://alerts.example/hook"})


@pytest.mark.parametrize("name", ["alert_webhook", "deadman_url"])
def test_address_for_alerts_may_hold_a_key_and_is_not_shown(name: str) -> None:
    assert "canary" not in repr(load_settings(**{name: "https://alerts.example/canary"}))
    assert "canary" not in message(**{name: "ftp://alerts.example/canary"})


def test_all_mistakes_come_at_once_with_their_source(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "settings.env").write_text("# ours\nCONNECTOR_LISTEN=8080\nCONNECTOR_DATABSE_URL=x\n")
    monkeypatch.setenv("CONNECTOR_LOG_LEVEL", "loud")
    assert message(database_url="connector.db").splitlines() == [
        "--database: is not a database URL, write sqlite:///connector.db or postgresql://user:password@host/name",
        "environment: CONNECTOR_LOG_LEVEL is not known, write one of debug, info, warning or error",
        "settings.env:2:1: CONNECTOR_LISTEN is not host:port, write 127.0.0.1:8080, or nothing to listen nowhere",
        'settings.env:3:1: unknown setting "CONNECTOR_DATABSE_URL", write CONNECTOR_DATABASE_URL',
    ]


@pytest.mark.parametrize(
    ("url", "what"),
    [
        ("postgres://h/d", "begins with postgres://"),
        ("sqlite://a.db", "has two slashes"),
        ("mysql://h/d", "is not a database URL"),
    ],
)
def test_unusable_database_is_explained(url: str, what: str) -> None:
    assert message(database_url=url).startswith(f"--database: {what}, ")


def test_names_that_kubernetes_sets_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONNECTOR_PORT", "tcp://10.0.0.1:8080")
    assert load_settings().listen == "127.0.0.1:8080"


def test_password_of_the_database_never_shows() -> None:
    url = "postgresql://u:canary@h/d"
    assert "canary" not in repr(load_settings(database_url=url))
    assert "canary" not in message(database_url=url.replace("postgresql", "mysql"), listen="nowhere")


def test_settings_file_in_another_encoding_is_explained(folder: Path) -> None:
    (folder / "settings.env").write_bytes(b"# caf\xe9\n")
    assert message() == "settings.env:1:1: the file is not UTF-8, save it as UTF-8"


def test_secrets_may_stand_in_the_settings_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "settings.env").write_text("ALBA_KEY=a${b}$c\nALBA_TOKEN=file\n")
    monkeypatch.setenv("ALBA_TOKEN", "process")
    environ = read_environment()
    assert (environ["ALBA_KEY"], environ["ALBA_TOKEN"]) == ("a${b}$c", "process")


def test_example_file_sets_every_setting_to_its_default(folder: Path) -> None:
    text = (REPOSITORY / "settings.example.env").read_text()
    (folder / "settings.env").write_text(text)
    assert load_settings() == Settings.model_construct()
    assert [name for name in Settings.model_fields if f"CONNECTOR_{name.upper()}=" not in text] == []
