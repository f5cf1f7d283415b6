"""Settings of the channels that do not go together, or cannot work, are refused at the start."""

from __future__ import annotations

import pytest

from chasqui.base.errors import SettingsError
from chasqui.base.settings import SECRETS, load_settings


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({"SMS_URL": "ftp://gateway.example"}, "sms_url"),
        ({"APNS_URL": "api.push.apple.com"}, "apns_url"),
        ({"SMS_URL": "https://gateway.example", "SMPP_HOST": "smpp.example"}, "one of them"),
        ({"SMTP_TLS": "none", "SMTP_PASSWORD": "secret"}, "in the clear"),
        ({"SMTP_TLS": "ssl"}, "smtp_tls"),
        ({"CAPTURED_MAX": "0"}, "captured_max"),
    ],
)
def test_what_cannot_work_is_refused(variables: dict[str, str], told: str) -> None:
    environ = {f"CHASQUI_{name}": value for name, value in variables.items()}

    with pytest.raises(SettingsError, match=told) as refused:
        load_settings(environ=environ)
    assert "secret" not in str(refused.value)


def test_header_fields_come_from_one_variable() -> None:
    environ = {"CHASQUI_SMS_HEADERS": "X-Account: 12,X-Key: k"}

    assert load_settings(environ=environ).sms_headers == ("X-Account: 12", "X-Key: k")


def test_whatever_lets_in_is_a_secret() -> None:
    assert {"smtp_password", "sms_authorization", "sms_headers", "smpp_password"} <= set(SECRETS)
