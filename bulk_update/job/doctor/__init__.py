"""Examining a set-up: what a run needs, without sending a write or leaving anything behind."""

from bulk_update.job.doctor.examination import examine
from bulk_update.job.doctor.findings import Diagnosis, Finding, Mark, Topic

__all__ = ["Diagnosis", "Finding", "Mark", "Topic", "examine"]
