"""Judging a plan by the job's earlier plans, and recording its profile for later ones."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, replace

from bulk_update.exits import ExitCode, RunEnd
from bulk_update.job.store import Store
from bulk_update.learned import (
    RUNS_TO_LEARN,
    FileCounts,
    Profile,
    ended_well,
    history_of,
    is_expected,
    unusual,
)
from bulk_update.ledger import Run, RunState
from bulk_update.mapping import Mapping
from bulk_update.plan import Plan
from bulk_update.records import Issue, Status


@dataclass(frozen=True, slots=True)
class LearnedVerdict:
    """How the learned guards end a run (None: they do not), and what they note about its plan."""

    end: RunEnd | None = None
    notes: tuple[Issue, ...] = ()


def new_profile(mapping: Mapping, file: FileCounts) -> str:
    """Return the stored profile of a plan whose rows have not been counted yet."""
    return Profile(shape=shape_of(mapping), file=file).stored()


def shape_of(mapping: Mapping) -> str:
    """Return what profiles must have in common to be comparable, as a hash.

    It covers where campaign, identifier and fields come from, and which rows take part. Rules for
    cells are left out: a change of a rule should stop the run if it changes the figures.
    """
    content = mapping.model_dump(
        by_alias=True, include={"campaign", "where", "only_changed"}, mode="json"
    )
    content["identifier"] = mapping.identifier.column
    content["update"] = [(path, rule.column_names) for path, rule in mapping.update.rules()]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def judge_learned(
    store: Store, run: Run, plan: Plan, *, learn: bool, expected: int | None
) -> LearnedVerdict:
    """Judge a plan, and record its profile with the result.

    `expected` is the number of rows to send that the operator confirms. If it is right, nothing
    learned stops the run, now or when it is continued; if it is wrong, the run ends. Runs without
    a profile and finished runs are not judged.
    """
    profile = None
    if run.profile is not None and run.state is not RunState.FINISHED:
        profile = _counted(Profile.restored(run.profile), plan.data_rows, plan.counts)
    is_confirmed = expected is not None and any(
        is_expected(rows, expected=expected)
        for rows in (plan.to_send, profile.sent if profile else plan.to_send)
    )
    if profile is None:
        verdict = LearnedVerdict()
    else:
        profile = replace(profile, let_through=profile.let_through or is_confirmed)
        verdict, profile = _judged(store, run, profile, learn=learn)
        store.runs.record_profile(run.id, profile.stored())
    if expected is not None and not is_confirmed:
        wrong = Issue("expect-changes", {"expected": expected, "rows": plan.to_send})
        return replace(verdict, end=RunEnd(ExitCode.GUARD, (wrong,)))
    return verdict


def record_ending(store: Store, run: Run, exit_code: int, counts: MappingOf[Status, int]) -> None:
    """Record whether a run with an unusual plan ended well, so that later plans may resemble it."""
    profile = Profile.restored(run.profile) if run.profile else None
    if profile and profile.is_unusual:
        profile = replace(profile, ended_well=ended_well(exit_code, counts))
        store.runs.record_profile(run.id, profile.stored())


def _judged(
    store: Store, run: Run, profile: Profile, *, learn: bool
) -> tuple[LearnedVerdict, Profile]:
    if not learn:
        return LearnedVerdict(), profile
    if run.base_url is None:
        return LearnedVerdict(notes=(Issue("learning", variant="no-base-url"),)), profile
    stored = store.runs.profiles(job=run.job, base_url=run.base_url, besides=run.id)
    history = history_of(stored, shape=profile.shape)
    found = unusual(profile, history)
    profile = replace(profile, is_unusual=profile.is_unusual or bool(found))
    notes: tuple[Issue, ...] = ()
    if len(history) < RUNS_TO_LEARN:
        notes = (Issue("learning", {"known": len(history), "needed": RUNS_TO_LEARN}),)
    if not found:
        return LearnedVerdict(notes=notes), profile
    if profile.let_through:
        lifted = Issue("guards-lifted", {"codes": tuple(issue.code for issue in found)})
        return LearnedVerdict(notes=(*notes, lifted)), profile
    return LearnedVerdict(RunEnd(ExitCode.GUARD, found), notes), profile


def _counted(profile: Profile, data_rows: int, counts: MappingOf[Status, int]) -> Profile:
    """Return the profile with the present counts of the rows; rows already sent count as sent."""
    settled = (
        Status.INVALID,
        Status.DUPLICATE,
        Status.UNCHANGED,
        Status.SUPERSEDED,
        Status.FILTERED,
    )
    return replace(
        profile,
        rows=data_rows,
        invalid=counts[Status.INVALID],
        sent=data_rows - sum(counts[status] for status in settled),
        unchanged=counts[Status.UNCHANGED],
    )
