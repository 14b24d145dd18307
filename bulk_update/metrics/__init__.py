"""The numbers of a run as a file that Prometheus collects."""

from bulk_update.metrics.exposition import Metrics, metrics_text
from bulk_update.metrics.textfile import last_of, write_textfile

__all__ = ["Metrics", "last_of", "metrics_text", "write_textfile"]
