"""Truth against answers: what a run claims, and how good it was."""

from cutline.evaluation.ablation import without_tags
from cutline.evaluation.answers import Located, answer_subjects, write_answers
from cutline.evaluation.judgement import judge

__all__ = ["Located", "answer_subjects", "judge", "without_tags", "write_answers"]
