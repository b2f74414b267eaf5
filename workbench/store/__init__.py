"""The only place that knows SQL and Parquet: one ``Store`` per workspace folder.

Traces and spans are Parquet files that are written whole and never edited; what people add, and the list of what is
visible, is in SQL. A batch, a map or a label is visible to every process from the moment its transaction commits, and
not a moment earlier; that is also when ``revision`` goes up, so a cache keyed by it never goes stale. See
docs/storage.md.
"""

from workbench.store.batches import BatchWriter
from workbench.store.maps import StoredMap
from workbench.store.store import Store

__all__ = ["BatchWriter", "Store", "StoredMap"]
