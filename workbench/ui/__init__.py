"""What the pages are made of; the only part of the package that knows Streamlit.

A page is ``frame``, inputs, one call, show. Numbers come from the workspace with their intervals; nothing here computes
one. ``session_state`` and the URL hold where the person is, never data.
"""

from workbench.ui.agreement import agreement_controls, agreement_empty
from workbench.ui.agreement_bench import dispute_bench
from workbench.ui.agreement_dispute import (
    dispute_decision,
    dispute_next,
    dispute_rubric,
    dispute_trace,
    dispute_votes,
)
from workbench.ui.agreement_settled import agreement_settled
from workbench.ui.agreement_table import agreement_codes, agreement_next, agreement_table, agreement_words
from workbench.ui.agreement_time import agreement_model, agreement_notebook, agreement_time, agreement_versions
from workbench.ui.agreement_what import agreement_what, agreement_who
from workbench.ui.cached import clusters, overview, points
from workbench.ui.cases import case_bench, case_empty, case_list, case_next
from workbench.ui.cases_form import case_form
from workbench.ui.cases_open import case_shown
from workbench.ui.cases_rolling import rolling_round
from workbench.ui.cases_write import case_bring
from workbench.ui.codes import code_details, code_list, codebook_head, codebook_next, codebook_shelf
from workbench.ui.codes_change import code_changes
from workbench.ui.codes_notes import open_notes
from workbench.ui.codes_retag import retag_queue
from workbench.ui.coverage import coverage_controls, coverage_next, coverage_words
from workbench.ui.coverage_cells import coverage_gaps, coverage_grid, is_matrix
from workbench.ui.coverage_made import coverage_made_of
from workbench.ui.coverage_open import coverage_cell
from workbench.ui.drift import drift_desk
from workbench.ui.drift_parts import drift_parts
from workbench.ui.drift_traces import drift_notebook, drift_traces
from workbench.ui.drift_verdict import drift_headline, drift_lights, drift_next, drift_sentences
from workbench.ui.drift_where import drift_when, drift_where
from workbench.ui.explore import map_controls, map_view
from workbench.ui.gate import gate_desk
from workbench.ui.gate_start import gate_empty, gate_how
from workbench.ui.gate_terms import gate_contract, gate_counts, gate_looks, gate_next, gate_sees
from workbench.ui.gate_verdict import gate_flips, gate_rates, gate_slices_shown, gate_verdict
from workbench.ui.golden import golden_empty, golden_head, golden_next, golden_set, golden_versions
from workbench.ui.golden_changes import golden_changes, golden_figures
from workbench.ui.golden_freeze import golden_freeze
from workbench.ui.golden_sealed import golden_sealed
from workbench.ui.judges import judge_controls, judge_missing
from workbench.ui.judges_disputes import judge_disputes
from workbench.ui.judges_figures import judge_errors, judge_share, judge_where
from workbench.ui.judges_habits import judge_habits, judge_panel
from workbench.ui.judges_lines import judge_next
from workbench.ui.judges_looks import judge_test_part
from workbench.ui.judges_more import judge_more
from workbench.ui.judges_verdict import judge_table, judge_verdict
from workbench.ui.lines import map_code, overview_code
from workbench.ui.map_time import cluster_history, new_clusters
from workbench.ui.mirror import mirror_section
from workbench.ui.page import frame
from workbench.ui.panel import clusters_or_trace, need_map
from workbench.ui.power import power_answer, power_desk
from workbench.ui.power_figures import power_curves_shown, power_next, power_rules, power_slices
from workbench.ui.queue import queue_desk, queue_head, queue_next
from workbench.ui.queue_form import queue_answers, queue_conversation, queue_form
from workbench.ui.ranking import rank_controls, rank_next, rank_table, rank_words
from workbench.ui.ranking_figures import rank_course, rank_figures, rank_saturation, rank_traces
from workbench.ui.reading import reading_desk
from workbench.ui.reading_form import reading_conversation, reading_form
from workbench.ui.reading_head import load_next, reading_head, reading_next
from workbench.ui.regress import regress_bench, regress_list, regress_next, regress_trace
from workbench.ui.regress_form import regress_form
from workbench.ui.rubric import (
    rubric_advice,
    rubric_head,
    rubric_history,
    rubric_next,
    rubric_reading,
    rubric_standard,
)
from workbench.ui.rubric_change import rubric_changes, rubric_start
from workbench.ui.sampling import (
    former_samples,
    sample_code,
    sample_controls,
    sample_limits,
    sample_preview,
    sample_strata,
)
from workbench.ui.selection import map_of_traces, next_on_map, selection_words, trace_table
from workbench.ui.summary import clusters_and_sources, days_and_next_steps, headline
from workbench.ui.words import notebook

__all__ = [
    "agreement_codes",
    "agreement_controls",
    "agreement_empty",
    "agreement_model",
    "agreement_next",
    "agreement_notebook",
    "agreement_settled",
    "agreement_table",
    "agreement_time",
    "agreement_versions",
    "agreement_what",
    "agreement_who",
    "agreement_words",
    "case_bench",
    "case_bring",
    "case_empty",
    "case_form",
    "case_list",
    "case_next",
    "case_shown",
    "cluster_history",
    "clusters",
    "clusters_and_sources",
    "clusters_or_trace",
    "code_changes",
    "code_details",
    "code_list",
    "codebook_head",
    "codebook_next",
    "codebook_shelf",
    "coverage_cell",
    "coverage_controls",
    "coverage_gaps",
    "coverage_grid",
    "coverage_made_of",
    "coverage_next",
    "coverage_words",
    "days_and_next_steps",
    "dispute_bench",
    "dispute_decision",
    "dispute_next",
    "dispute_rubric",
    "dispute_trace",
    "dispute_votes",
    "drift_desk",
    "drift_headline",
    "drift_lights",
    "drift_next",
    "drift_notebook",
    "drift_parts",
    "drift_sentences",
    "drift_traces",
    "drift_when",
    "drift_where",
    "former_samples",
    "frame",
    "gate_contract",
    "gate_counts",
    "gate_desk",
    "gate_empty",
    "gate_flips",
    "gate_how",
    "gate_looks",
    "gate_next",
    "gate_rates",
    "gate_sees",
    "gate_slices_shown",
    "gate_verdict",
    "golden_changes",
    "golden_empty",
    "golden_figures",
    "golden_freeze",
    "golden_head",
    "golden_next",
    "golden_sealed",
    "golden_set",
    "golden_versions",
    "headline",
    "is_matrix",
    "judge_controls",
    "judge_disputes",
    "judge_errors",
    "judge_habits",
    "judge_missing",
    "judge_more",
    "judge_next",
    "judge_panel",
    "judge_share",
    "judge_table",
    "judge_test_part",
    "judge_verdict",
    "judge_where",
    "load_next",
    "map_code",
    "map_controls",
    "map_of_traces",
    "map_view",
    "mirror_section",
    "need_map",
    "new_clusters",
    "next_on_map",
    "notebook",
    "open_notes",
    "overview",
    "overview_code",
    "points",
    "power_answer",
    "power_curves_shown",
    "power_desk",
    "power_next",
    "power_rules",
    "power_slices",
    "queue_answers",
    "queue_conversation",
    "queue_desk",
    "queue_form",
    "queue_head",
    "queue_next",
    "rank_controls",
    "rank_course",
    "rank_figures",
    "rank_next",
    "rank_saturation",
    "rank_table",
    "rank_traces",
    "rank_words",
    "reading_conversation",
    "reading_desk",
    "reading_form",
    "reading_head",
    "reading_next",
    "regress_bench",
    "regress_form",
    "regress_list",
    "regress_next",
    "regress_trace",
    "retag_queue",
    "rolling_round",
    "rubric_advice",
    "rubric_changes",
    "rubric_head",
    "rubric_history",
    "rubric_next",
    "rubric_reading",
    "rubric_standard",
    "rubric_start",
    "sample_code",
    "sample_controls",
    "sample_limits",
    "sample_preview",
    "sample_strata",
    "selection_words",
    "trace_table",
]
