"""Schedules and sweeps of an administration by the outer contract: what is told, what is refused, and with which code."""

from datetime import UTC, datetime

import pytest

from .organisation import Organisation


async def test_a_policy_is_set_whole(organisation: Organisation) -> None:
    path = f"/v1/administrations/{organisation.administration_id}/sync-policy"
    answer = await organisation.api(
        "PUT", path, {"enabled": True, "interval_minutes": 15, "resources": ["project", "contact"]}
    )
    assert answer.status_code == 200
    policy = answer.json()
    assert (policy["interval_minutes"], policy["resources"]) == (15, ["contact", "project"])
    assert (await organisation.get("sync-status"))["next_due_at"] == policy["next_due_at"]
    off = await organisation.api("PUT", path, {"enabled": False, "interval_minutes": 15})
    assert (off.json()["next_due_at"], off.json()["resources"]) == (None, None)
    assert (await organisation.get("sync-status"))["next_due_at"] is None
    assert await organisation.audit() == ["sync_policy.changed"] * 2


@pytest.mark.parametrize(
    "schedule",
    [
        {"interval_minutes": 1440, "preset": None, "cron": None},
        {"interval_minutes": None, "preset": "every_4_hours", "cron": None},
        {"interval_minutes": None, "preset": None, "cron": "0 6 * * 1-5"},
    ],
)
async def test_a_schedule_by_interval_preset_or_cron_is_told_as_it_was_set(
    organisation: Organisation, schedule: dict[str, object]
) -> None:
    path = f"/v1/administrations/{organisation.administration_id}/sync-policy"
    given = {name: value for name, value in schedule.items() if value is not None}
    answer = await organisation.api("PUT", path, {"enabled": True, **given})
    assert answer.status_code == 200
    assert answer.json() == await organisation.get("sync-policy")
    assert {name: answer.json()[name] for name in schedule} == schedule


@pytest.mark.parametrize(
    ("given", "told"), [({}, "weekly"), ({"sweep": None}, "weekly"), ({"sweep": "daily"}, "daily")]
)
async def test_how_often_to_sweep_is_told_as_it_was_set(
    organisation: Organisation, given: dict[str, object], told: str
) -> None:
    path = f"/v1/administrations/{organisation.administration_id}/sync-policy"
    await organisation.api("PUT", path, {"enabled": True, "preset": "hourly", **given})
    assert (await organisation.get("sync-policy"))["sweep"] == told


async def test_a_sweep_is_due_at_its_own_time_however_seldom_the_schedule_is(
    organisation: Organisation,
) -> None:
    path = f"/v1/administrations/{organisation.administration_id}/sync-policy"
    in_half_a_year = f"0 3 1 {(datetime.now(UTC).month + 5) % 12 + 1} *"
    told = (
        await organisation.api("PUT", path, {"enabled": True, "cron": in_half_a_year, "sweep": "daily"})
    ).json()
    assert told["next_due_at"] == told["next_sweep_at"]
    again = (
        await organisation.api("PUT", path, {"enabled": True, "preset": "hourly", "sweep": "daily"})
    ).json()
    assert again["next_due_at"] <= again["next_sweep_at"] == told["next_sweep_at"]
    other = (await organisation.api("PUT", path, {"enabled": True, "preset": "hourly"})).json()
    assert other["next_sweep_at"] is not None
    off = (await organisation.api("PUT", path, {"enabled": False, "preset": "hourly"})).json()
    assert (off["next_due_at"], off["next_sweep_at"]) == (None, None)


async def test_a_new_administration_synchronises_every_hour(organisation: Organisation) -> None:
    policy = await organisation.get("sync-policy")
    assert (policy["enabled"], policy["interval_minutes"], policy["resources"]) == (True, 60, None)


@pytest.mark.parametrize(
    ("schedule", "code"),
    [
        ({}, "invalid_input"),
        ({"interval_minutes": 60, "preset": "daily"}, "invalid_input"),
        ({"preset": "fortnightly"}, "invalid_input"),
        ({"cron": "0 6 * * *" + " " * 100}, "invalid_input"),
        ({"cron": "0 0 30 2 *"}, "cron_invalid"),
        ({"cron": "* * * * *"}, "cron_invalid"),
        ({"preset": "daily", "sweep": "never"}, "sweep_required"),
        ({"preset": "daily", "sweep": "yearly"}, "invalid_input"),
    ],
)
async def test_a_schedule_that_cannot_be_used_is_refused_and_the_old_one_stays(
    organisation: Organisation, schedule: dict[str, object], code: str
) -> None:
    before = await organisation.get("sync-policy")
    path = f"/v1/administrations/{organisation.administration_id}/sync-policy"
    answer = await organisation.api("PUT", path, {"enabled": True, **schedule})
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert await organisation.get("sync-policy") == before


@pytest.mark.parametrize("minutes", [0, 4, 10_081])
async def test_an_interval_out_of_bounds_is_refused(organisation: Organisation, minutes: int) -> None:
    path = f"/v1/administrations/{organisation.administration_id}/sync-policy"
    answer = await organisation.api("PUT", path, {"enabled": True, "interval_minutes": minutes})
    assert answer.json()["errors"][0]["pointer"] == "/interval_minutes"


@pytest.mark.parametrize(
    ("reason", "code"),
    [("connection_deleted", "connection_revoked"), ("no_longer_a_client", "administration_removed")],
)
async def test_what_is_gone_gets_no_schedule_any_more(
    organisation: Organisation, reason: str, code: str
) -> None:
    await organisation.deliver(organisation.removed(reason))
    path = f"/v1/administrations/{organisation.administration_id}/sync-policy"
    refused = await organisation.api("PUT", path, {"enabled": True, "preset": "hourly"})
    assert (refused.status_code, refused.json()["code"]) == (409, code)
    assert (await organisation.api("PUT", path, {"enabled": False, "preset": "hourly"})).status_code == 200
    assert not await organisation.is_scheduled()
