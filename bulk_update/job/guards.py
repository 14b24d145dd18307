"""The guards of a command: the mapping's, overridden by those of the command line."""

from __future__ import annotations

from collections.abc import Mapping as MappingOf
from zoneinfo import ZoneInfo

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from bulk_update.columns import nearest_name
from bulk_update.errors import UsageError
from bulk_update.invalid_value import InvalidValueError
from bulk_update.mapping import Mapping
from bulk_update.mapping.run_schema import GuardsSection
from bulk_update.plan import NO_CLEARS, Guards
from bulk_update.records import Issue, Param
from bulk_update.window import SendingWindow


def guards_of(
    mapping: Mapping, *, given: MappingOf[str, str], is_failed_csv: bool = False
) -> Guards:
    """Return the guards; `given` contains those of `--guard NAME=VALUE`.

    The mapping's `expect_rows` does not apply to a `failed.csv`, which contains only some rows.
    Raises UsageError for an unknown guard or an invalid value.
    """
    written = mapping.guards
    overrides = _validated(given)
    section = written.model_copy(update={name: getattr(overrides, name) for name in given})
    return Guards(
        max_rows=section.max_rows,
        max_invalid=section.max_invalid,
        max_failures=section.max_failures,
        max_clears=section.max_clears or NO_CLEARS,
        max_duration_seconds=section.max_duration,
        window=(
            None
            if section.window is None
            else SendingWindow(section.window, ZoneInfo(mapping.api_timezone))
        ),
        expect_rows=overrides.expect_rows if is_failed_csv else section.expect_rows,
        allow_none=section.allow_none,
        learn=section.learn,
    )


def _validated(given: MappingOf[str, str]) -> GuardsSection:
    for name in given:
        if name not in GuardsSection.model_fields:
            nearest = nearest_name(name, GuardsSection.model_fields)
            params: dict[str, Param] = {
                "name": name,
                "near": nearest or "",
                "guards": tuple(GuardsSection.model_fields),
            }
            variant = "unknown-guard-near" if nearest else "unknown-guard"
            raise UsageError(Issue("usage", params, variant))
    values = {name: text.split(",") if "," in text else text for name, text in given.items()}
    try:
        return GuardsSection.model_validate(values)
    except ValidationError as errors:
        raise UsageError(*map(_fault, errors.errors())) from None


def _fault(error: ErrorDetails) -> Issue:
    cause = error.get("ctx", {}).get("error")
    fault = cause.issue if isinstance(cause, InvalidValueError) else error["msg"]
    return Issue("usage", {"option": f"--guard {error['loc'][0]}", "fault": fault}, "option")
