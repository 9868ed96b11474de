"""Hypothesis' own checks of our property tests are on, but where a test says why not."""

from __future__ import annotations

from hypothesis import HealthCheck, settings


def test_a_fixture_that_all_examples_share_is_an_error_unless_a_test_allows_it() -> None:
    suppressed = settings.get_profile("edgebench").suppress_health_check
    assert HealthCheck.function_scoped_fixture not in suppressed
    assert settings().suppress_health_check == suppressed
