"""The verbs that look at a queue's labels: how far people are, whose answers lean on the output, which gold was missed.

They name people and say what they said, so nothing of this belongs before the eyes of somebody who still labels.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import orjson

from workbench.workspace.reading import ReadingVerbs

if TYPE_CHECKING:
    from pandas import DataFrame

ADJUDICATED = "adjudicated"


class QueueChecks(ReadingVerbs):
    """What the labels of queues show of the people who gave them."""

    def queue_progress(self, queue_id: str, *, now: datetime | None = None) -> DataFrame:
        """How far each person is, for whoever runs the queue.

        Returns:
            Columns annotator, done, held, open (planned to them and not begun), gold_done, deferred, last_at, seconds
            (median of an item), and of ``anchored``: answers, comparable, anchored, anchored_share, low, high.
        """
        import pandas as pd

        now = now or datetime.now(UTC)
        queue = self.store.queue(queue_id)
        slots = pd.DataFrame(self.store.queue_slots(queue_id))
        held = (slots["state"] == "held") & (pd.to_datetime(slots["expires_at"], utc=True) > now)
        said = self._queue_labels([queue_id])
        deferred = said[(said["dimension"] == "outcome") & (said["value"] == "defer")]["annotator"].value_counts()
        people = dict.fromkeys(
            [*queue["plan"]["annotators"], *slots["annotator"].dropna(), *slots["assigned"].dropna()]
        )
        rows = []
        for person in people:
            mine = slots[(slots["annotator"] == person) & (slots["state"] == "done")]
            planned = (slots["assigned"] == person) & ~slots["gold"].astype(bool) & (slots["state"] != "done")
            rows.append(
                {
                    "annotator": person,
                    "done": len(mine),
                    "held": int((held & (slots["annotator"] == person)).sum()),
                    "open": int((planned & ~held).sum()),
                    "gold_done": int(mine["gold"].sum()),
                    "deferred": int(deferred.get(person, 0)),
                    "last_at": mine["done_at"].max() if len(mine) else pd.NaT,
                    "seconds": float(mine["seconds"].astype(float).median()) if len(mine) else float("nan"),
                }
            )
        columns = ["annotator", "done", "held", "open", "gold_done", "deferred", "last_at", "seconds"]
        return pd.DataFrame(rows, columns=columns).merge(self.anchored(queue_id), on="annotator", how="left")

    def anchored(self, queue_id: str) -> DataFrame:
        """Whose own answers are nearly the outputs they were shown: a lead that labels leak, with an interval.

        Returns:
            A row for each annotator: answers (gold answers given), comparable (those long enough to compare, with an
            output that is), anchored (nearly the output), after (written or changed after the reveal), anchored_share
            of the comparable with its 95% Wilson interval low and high.
        """
        import pandas as pd

        from workbench.stats.proportions import wilson

        self.store.queue(queue_id)
        said = self._queue_labels([queue_id])
        rows = []
        for person, group in said[said["dimension"] == "outcome"].groupby("annotator", sort=False):
            given = [saw for saw, gold in zip(group["saw"], group["gold_answer"], strict=True) if isinstance(gold, str)]
            compared = [saw for saw in given if saw["similarity"] is not None]
            share = wilson(sum(saw["anchored"] for saw in compared), len(compared))
            rows.append(
                {
                    "annotator": person,
                    "answers": len(given),
                    "comparable": len(compared),
                    "anchored": sum(saw["anchored"] for saw in compared),
                    "after": sum(saw["answer"] == "after" for saw in given),
                    "anchored_share": share.estimate,
                    "low": share.low,
                    "high": share.high,
                }
            )
        columns = ["annotator", "answers", "comparable", "anchored", "after", "anchored_share", "low", "high"]
        return pd.DataFrame(rows, columns=columns)

    def gold_checks(self, queue_id: str | None = None) -> DataFrame:
        """What each person said of the gold items, against what is known of them.

        Returns:
            A row for each label on a gold item of which the answer is known: queue_id, annotator, trace_id, dimension,
            expected, given, missed, labelled_at.
        """
        import pandas as pd

        chosen = [queue for queue in self.store.queues() if queue_id in (None, queue["queue_id"])]
        if queue_id is not None and not chosen:
            self.store.queue(queue_id)  # says which there are
        known = {queue["queue_id"]: queue["plan"]["answers"] for queue in chosen}
        gold = {
            (slot["queue_id"], slot["trace_id"], slot["annotator"])
            for slot in self.store.queue_slots(queue_id)
            if slot["gold"] and slot["state"] == "done"
        }
        settled = self.store.labels(trace_ids=sorted({trace for _, trace, _ in gold}), round_=ADJUDICATED)
        expected = {(row.trace_id, row.dimension): row.value for row in settled.itertuples()}
        rows = []
        for row in self._queue_labels(list(known)).itertuples():
            if (row.queue_id, row.trace_id, row.annotator) not in gold:
                continue
            told = known[row.queue_id].get(row.trace_id, {}).get(row.dimension)
            right = told or expected.get((row.trace_id, row.dimension))
            if right is None:
                continue
            rows.append(
                {
                    "queue_id": row.queue_id,
                    "annotator": row.annotator,
                    "trace_id": row.trace_id,
                    "dimension": row.dimension,
                    "expected": right,
                    "given": row.value,
                    "missed": row.value != right,
                    "labelled_at": row.labelled_at,
                }
            )
        columns = ["annotator", "trace_id", "dimension", "expected", "given", "missed", "labelled_at"]
        return pd.DataFrame(rows, columns=["queue_id", *columns])

    def _queue_labels(self, queue_ids: Sequence[str]) -> DataFrame:
        """The labels given through queues, the newest of each person, trace, dimension and queue, ``saw`` decoded."""
        traces = sorted({slot["trace_id"] for each in queue_ids for slot in self.store.queue_slots(each)})
        said = self.store.labels(newest=False, trace_ids=traces, round_="blind")
        said = said[said["saw"].notna()].copy()
        said["saw"] = [orjson.loads(saw) for saw in said["saw"]]
        said["queue_id"] = [saw.get("queue") if saw.get("page") == "queue" else None for saw in said["saw"]]
        said = said[said["queue_id"].isin(list(queue_ids))]
        return said.drop_duplicates(["queue_id", "annotator", "trace_id", "dimension"], keep="last")
