"""Truth against answers: what a run claims, and how good it was."""

from cutline.evaluation.ablation import without_tags
from cutline.evaluation.answers import Located, answer_subjects, write_answers
from cutline.evaluation.judgement import judge
from cutline.evaluation.located import located_by
from cutline.evaluation.stops import Stop, judge_stops, write_stops
from cutline.evaluation.warned import Records, Warned, judge_warnings, write_warnings

__all__ = [
    "Located",
    "Records",
    "Stop",
    "Warned",
    "answer_subjects",
    "judge",
    "judge_stops",
    "judge_warnings",
    "located_by",
    "without_tags",
    "write_answers",
    "write_stops",
    "write_warnings",
]
